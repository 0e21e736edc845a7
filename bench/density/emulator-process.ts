import { startEmulator } from "../../src/emulator/index.ts";
import type { PalEvents } from "../../src/emulator/pal/pal.ts";
import { serve } from "../lib/child.ts";
import { raisePriority } from "../lib/raise-priority.ts";
import { ToneListener, type ToneVerdict } from "../lib/tone-listener.ts";
import { rounded } from "../lib/time.ts";

// The emulator with all pals, alone in its process, so that its cost can be counted apart.

/** What the jitter buffer of one pal did to the bot's voice. */
export interface PalReception {
  readonly packets: number;
  /** Sound that was missing and had to be made up, in ms. */
  readonly concealedMs: number;
  readonly jitterBufferMs: number;
}

/** What the pals heard since `listen`, by conversation. */
export interface Hearing {
  readonly tones: Readonly<Record<string, ToneVerdict>>;
  readonly receptions: Readonly<Record<string, PalReception>>;
}

export type EmulatorRequests = {
  start: [argument: undefined, answer: { readonly apiUrl: string; readonly apiKey: string; readonly raised: boolean }];
  /** Judges from now on: all pals by the counters of their jitter buffers, some by ear, which costs more. */
  listen: [argument: { readonly all: readonly string[]; readonly byEar: readonly string[] }, answer: undefined];
  heard: [argument: undefined, answer: Hearing];
};

/** Every jitter buffer counter is in samples of this rate. */
const NETEQ_RATE = 48_000;

// Tavus' machines are not the bot's: they must not be what is starved.
const raised = raisePriority();
const emulator = await startEmulator({ maxConcurrent: 1000, pal: { join: "early" } });

type Counters = Record<"packets" | "concealed" | "delayS" | "emitted", number>;

async function counters(id: string): Promise<Counters> {
  const stats = (await emulator.pal(id)?.streamStats()) ?? [];
  const inbound = stats.find(({ type, kind }) => type === "inbound-rtp" && kind === "audio") ?? {};
  const read = (name: string): number => Number(inbound[name] ?? 0);
  return {
    packets: read("packetsReceived"),
    concealed: read("concealedSamples") - read("silentConcealedSamples"),
    delayS: read("jitterBufferDelay"),
    emitted: read("jitterBufferEmittedCount"),
  };
}

interface Ear {
  readonly listener: ToneListener;
  readonly hear: (...event: PalEvents["heard"]) => void;
}

const ears = new Map<string, Ear>();
let before = new Map<string, Counters>();

function stopListening(): void {
  for (const [id, { hear }] of ears) emulator.pal(id)?.events.off("heard", hear);
  ears.clear();
}

serve<EmulatorRequests>(
  {
    start: () => ({ apiUrl: emulator.apiUrl, apiKey: emulator.apiKey, raised }),
    async listen({ all, byEar }) {
      stopListening();
      before = new Map(await Promise.all(all.map(async (id) => [id, await counters(id)] as const)));
      for (const id of byEar) {
        const listener = new ToneListener();
        const hear: Ear["hear"] = ({ samples, sampleRate, channelCount }) => {
          listener.hear(samples, sampleRate, channelCount);
        };
        emulator.pal(id)?.events.on("heard", hear);
        ears.set(id, { listener, hear });
      }
      return undefined;
    },
    async heard() {
      const tones = Object.fromEntries([...ears].map(([id, { listener }]) => [id, listener.verdict]));
      stopListening();
      const receptions = [...before].map(async ([id, was]) => {
        const is = await counters(id);
        const emitted = is.emitted - was.emitted;
        const reception: PalReception = {
          packets: is.packets - was.packets,
          concealedMs: rounded(((is.concealed - was.concealed) / NETEQ_RATE) * 1000),
          jitterBufferMs: emitted > 0 ? rounded(((is.delayS - was.delayS) / emitted) * 1000) : 0,
        };
        return [id, reception] as const;
      });
      return { tones, receptions: Object.fromEntries(await Promise.all(receptions)) };
    },
  },
  () => emulator.close(),
);
