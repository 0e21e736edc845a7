import { measurePeak } from "../../src/audio/index.ts";
import type { AudioSink } from "../../src/transport/playout/audio-sink.ts";
import { createDailyCall, type DailyCall, MICROPHONE, type Participant } from "../../src/transport/daily/index.ts";
import { sendEvent, serve } from "../lib/child.ts";
import { processTree } from "../lib/process-tree.ts";
import { babble, impulse } from "../lib/sound.ts";
import { LoudWatch } from "../lib/spans.ts";
import { monotonicMs } from "../lib/time.ts";

// The users of all rooms, in one separate process: it can stall without stalling anything else. Always
// native. Sends the event "heard:<room>" for the pal's sounds at that user's ear.

export type UserRequests = {
  join: [argument: { readonly room: string; readonly url: string; readonly palSessionId: string }, answer: undefined];
  /** Writes 10 ms of sound to the microphone; answers when. */
  impulse: [argument: { readonly room: string }, answer: { readonly writtenMs: number }];
  speak: [argument: { readonly room: string; readonly ms: number }, answer: undefined];
  /** Holds this process and the media process below it, as a browser stalls. Answers when they were free again. */
  stall: [argument: { readonly ms: number }, answer: { readonly endedMs: number }];
};

const SAMPLE_RATE = 16_000;

interface User {
  readonly call: DailyCall;
  readonly microphone: AudioSink;
}

const users = new Map<string, User>();

function findUser(room: string): User {
  const user = users.get(room);
  if (!user) throw new Error(`No user is in "${room}".`);
  return user;
}

serve<UserRequests>(
  {
    async join({ room, url, palSessionId }) {
      const call = await createDailyCall({ url, runtime: "native" });
      const watch = new LoudWatch((edge) => sendEvent(`heard:${room}`, edge));
      let listening = false;
      const listen = ({ sessionId, microphone }: Participant): void => {
        if (sessionId !== palSessionId || listening || microphone.state === "off") return;
        listening = true;
        void call.captureAudio(sessionId, MICROPHONE, { sampleRate: 48_000 }, ({ pcm, sampleRate }) => {
          watch.feed(measurePeak(pcm), (pcm.length / sampleRate) * 1000);
        });
      };
      call.on("participantJoined", listen).on("participantUpdated", listen);
      await call.join({ url, userName: "Bench user" });
      users.set(room, { call, microphone: await call.publishAudio(MICROPHONE, { sampleRate: SAMPLE_RATE }) });
      return undefined;
    },
    impulse({ room }) {
      const { microphone } = findUser(room);
      const pcm = impulse(10, SAMPLE_RATE);
      const writtenMs = monotonicMs();
      microphone.write(pcm);
      return { writtenMs };
    },
    speak({ room, ms }) {
      const { microphone } = findUser(room);
      // A track accepts at most ten seconds at a time.
      for (let left = ms; left > 0; left -= 8000)
        setTimeout(() => microphone.write(babble(Math.min(8000, left), SAMPLE_RATE)), ms - left);
      return undefined;
    },
    stall({ ms }) {
      const below = processTree(process.pid).slice(1);
      const signal = (name: "SIGSTOP" | "SIGCONT"): void => {
        for (const pid of below) process.kill(pid, name);
      };
      signal("SIGSTOP");
      const until = monotonicMs() + ms;
      while (monotonicMs() < until);
      signal("SIGCONT");
      return { endedMs: monotonicMs() };
    },
  },
  async () => {
    await Promise.all([...users.values()].map(({ call }) => call.close()));
  },
);
