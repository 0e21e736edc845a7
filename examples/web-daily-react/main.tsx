// A page for the user of a pal: shows the pal, all other participants, the active speaker, and problems with the user's
// devices. It has no API key: your server, or the emulator's own page, creates the conversation and passes its URL.
import {
  DailyAudio,
  DailyProvider,
  DailyVideo,
  useActiveSpeakerId,
  useDaily,
  useDailyEvent,
  useDevices,
  useLocalSessionId,
  useMeetingState,
  useParticipantIds,
  useParticipantProperty,
} from "@daily-co/daily-react";
import { useCallback, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

import { bundleFor } from "../web/page/src/bundle-for.ts";

/** Identifies Tavus' own participant by its user id; old and new names are in use. */
const isPal = (userId: string): boolean => userId.includes("tavus-face") || userId.includes("tavus-replica");

const DEVICE_PROBLEMS: Readonly<Record<string, string>> = {
  blocked: "access was denied",
  "not-found": "there is none",
  "in-use": "another program uses it",
};

function Tile({ id }: { readonly id: string }) {
  const [name, userId, isLocal] = useParticipantProperty(id, ["user_name", "user_id", "local"]);
  const isSpeaking = useActiveSpeakerId() === id;
  const role = isLocal ? "you" : isPal(userId) ? "pal" : "user";
  return (
    <figure data-role={role} data-speaking={isSpeaking}>
      <DailyVideo sessionId={id} type="video" automirror />
      <figcaption>
        {name || "(no name)"} ({role})
      </figcaption>
    </figure>
  );
}

function DeviceErrors() {
  const { micState, camState } = useDevices();
  const problems = [
    ["microphone", DEVICE_PROBLEMS[micState]],
    ["camera", DEVICE_PROBLEMS[camState]],
  ].filter(([, problem]) => problem !== undefined);
  return problems.map(([device, problem]) => (
    <p key={device} role="alert">
      No {device}: {problem}.
    </p>
  ));
}

function Call({ onOver }: { readonly onOver: (why: string) => void }) {
  const call = useDaily();
  const state = useMeetingState();
  const localId = useLocalSessionId();
  const others = useParticipantIds({ filter: "remote" });
  const [isMuted, setMuted] = useState(false);

  useDailyEvent(
    "error",
    useCallback(({ errorMsg }) => onOver(errorMsg), [onOver]),
  );

  const mute = () => {
    call?.setLocalAudio(isMuted);
    setMuted(!isMuted);
  };
  const leave = async () => {
    await call?.leave();
    onOver("You have left.");
  };

  return (
    <>
      <p role="status">{state}</p>
      <DeviceErrors />
      <div className="tiles">
        {[...others, localId].filter(Boolean).map((id) => (
          <Tile key={id} id={id} />
        ))}
      </div>
      <DailyAudio />
      <div className="buttons">
        <button onClick={mute}>{isMuted ? "Unmute" : "Mute"}</button>
        <button onClick={leave}>Leave</button>
      </div>
    </>
  );
}

/** Joins the call: the provider only creates the call object. */
function Joined({ url, token, onOver }: { url: string; token: string | null; onOver: (why: string) => void }) {
  const call = useDaily();
  useEffect(() => {
    // A failure is reported by the event "error".
    call?.join({ url, userName: "Guest", ...(token !== null && { token }) }).catch(() => undefined);
  }, [call, url, token]);
  return <Call onOver={onOver} />;
}

function App() {
  const [given, setGiven] = useState(new URLSearchParams(location.search).get("room") ?? "");
  const [room, setRoom] = useState<URL>();
  const [message, setMessage] = useState("");

  const onOver = useCallback((why: string) => {
    setRoom(undefined);
    setMessage(why);
  }, []);
  const join = (event: { preventDefault: () => void }) => {
    event.preventDefault();
    setMessage("");
    setRoom(new URL(given));
  };

  if (room) {
    // The URL of a private conversation contains its token: …/c123?t=TOKEN.
    const url = `${room.origin}${room.pathname}`;
    return (
      <main>
        <DailyProvider dailyConfig={bundleFor(url)}>
          <Joined url={url} token={room.searchParams.get("t")} onOver={onOver} />
        </DailyProvider>
      </main>
    );
  }
  return (
    <main>
      <h1>A conversation with a Tavus pal</h1>
      <form onSubmit={join}>
        <input
          type="url"
          required
          aria-label="URL of the conversation"
          placeholder="conversation_url"
          value={given}
          onChange={({ target }) => setGiven(target.value)}
        />
        <button>Join</button>
      </form>
      {message && <p role="alert">{message}</p>}
    </main>
  );
}

createRoot(document.getElementById("root")!).render(<App />);
