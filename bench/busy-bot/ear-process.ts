import { measurePeak } from "../../src/audio/index.ts";
import { createDailyCall, type DailyCall, MICROPHONE, type Participant } from "../../src/transport/daily/index.ts";
import { serve } from "../lib/child.ts";
import { GapMeter, type Gaps } from "../lib/gaps.ts";

// A user, in a process of its own, who hears the pal; always native.

export type EarRequests = {
  /** Joins a room and listens to its pal. */
  listenTo: [argument: { readonly url: string; readonly palSessionId: string }, answer: undefined];
  /** Leaves the room. Answers with the gaps in what was heard there. */
  heard: [argument: undefined, answer: Gaps];
};

const RATE = 48_000;

let current: { readonly call: DailyCall; readonly meter: GapMeter } | undefined;

async function leave(): Promise<void> {
  const left = current;
  current = undefined;
  await left?.call.close();
}

serve<EarRequests>(
  {
    async listenTo({ url, palSessionId }) {
      const call = await createDailyCall({ url, runtime: "native" });
      const meter = new GapMeter();
      current = { call, meter };
      let listening = false;
      const listen = ({ sessionId, microphone }: Participant): void => {
        if (sessionId !== palSessionId || listening || microphone.state === "off") return;
        listening = true;
        void call.captureAudio(sessionId, MICROPHONE, { sampleRate: RATE }, ({ pcm, sampleRate }) => {
          meter.feed(measurePeak(pcm), (pcm.length * 1000) / sampleRate);
        });
      };
      call.on("participantJoined", listen).on("participantUpdated", listen);
      await call.join({ url, userName: "Bench user" });
      return undefined;
    },
    async heard() {
      const gaps = (current?.meter ?? new GapMeter()).gaps;
      await leave();
      return gaps;
    },
  },
  leave,
);
