import {
  type Frame,
  type FrameDirection,
  TTSAudioRawFrame,
  TTSStartedFrame,
  UserAudioRawFrame,
} from "../../src/frames/index.ts";
import { FrameProcessor, Pipeline, PipelineTask, type ProcessContext } from "../../src/pipeline/index.ts";
import { TavusTransport } from "../../src/transport/tavus/index.ts";
import { deferred } from "../../src/util/deadline.ts";
import { serve } from "../lib/child.ts";
import { babble, tone } from "../lib/sound.ts";
import { monotonicMs, rounded } from "../lib/time.ts";

// All bots in one process, each with a pipeline of its own, which speaks without a pause.

/** What one bot received of its user since `listen`. */
export interface BotReception {
  /** Sound that arrived, in ms, and in how much time. */
  readonly heardMs: number;
  readonly elapsedMs: number;
  /** The longest time without a frame. */
  readonly longestGapMs: number;
}

export type BotsRequests = {
  /** Starts a bot and waits for its pal. `says`: a tone can be judged; speech costs what speech costs. */
  start: [
    argument: { readonly says: "tone" | "speech" },
    answer: { readonly conversationId: string; readonly url: string; readonly joinMs: number },
  ];
  stop: [argument: { readonly conversationId: string }, answer: undefined];
  listen: [argument: undefined, answer: undefined];
  heard: [argument: undefined, answer: Readonly<Record<string, BotReception>>];
};

const SAMPLE_RATE = 24_000;
/** Roughly what TTS services send at a time; a whole number of periods of both signals. */
const FRAME_MS = 500;
/** Handed over before the first is played, as by services that are faster than speech. */
const AHEAD_FRAMES = 4;

const [runtime, apiUrl = "", apiKey = ""] = process.argv.slice(2);
if (runtime !== "native" && runtime !== "chromium") throw new Error(`No such runtime: ${runtime}`);

const SIGNALS = { tone: tone(FRAME_MS, SAMPLE_RATE), speech: babble(FRAME_MS, SAMPLE_RATE) } as const;

class UserEar extends FrameProcessor {
  #sinceMs = 0;
  #lastMs = 0;
  #heardMs = 0;
  #longestGapMs = 0;

  listen(): void {
    this.#sinceMs = this.#lastMs = monotonicMs();
    this.#heardMs = this.#longestGapMs = 0;
  }

  get reception(): BotReception {
    const nowMs = monotonicMs();
    return {
      heardMs: rounded(this.#heardMs),
      elapsedMs: rounded(nowMs - this.#sinceMs),
      longestGapMs: rounded(Math.max(this.#longestGapMs, nowMs - this.#lastMs)),
    };
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    if (frame instanceof UserAudioRawFrame) {
      const nowMs = monotonicMs();
      this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastMs);
      this.#lastMs = nowMs;
      this.#heardMs += frame.durationMs;
    }
    context.push(frame, direction);
  }
}

interface Bot {
  readonly ear: UserEar;
  stop(): Promise<void>;
}

const bots = new Map<string, Bot>();

async function start(says: keyof typeof SIGNALS): Promise<BotsRequests["start"][1]> {
  const transport = new TavusTransport(
    {
      botName: "Bench bot",
      faceId: "r90bbd427f71",
      apiUrl,
      apiKey,
      runtime: runtime as "native" | "chromium",
      journal: false,
      conversation: { audioOnly: true },
    },
    { env: {} },
  );
  const ear = new UserEar({ name: "UserEar" });
  const task = new PipelineTask(new Pipeline([transport.input(), ear, transport.output()]));
  const palJoined = deferred<undefined>();
  transport.on("palJoined", () => palJoined.resolve(undefined));
  const askedMs = monotonicMs();
  const running = task.run();
  const ended = running.then(() => {
    throw new Error("A bot ended before the bench did.");
  });
  await Promise.race([palJoined.promise, ended]);
  ended.catch((thrown: unknown) => {
    if (bots.has(conversationId)) console.error(thrown);
  });
  const joinMs = rounded(monotonicMs() - askedMs);
  const { conversationId = "", conversationUrl: url = "" } = transport;
  const say = (frames: number): void => {
    const audio = SIGNALS[says];
    for (let i = 0; i < frames; i++) task.queueFrame(new TTSAudioRawFrame({ audio, sampleRate: SAMPLE_RATE }));
  };
  task.queueFrame(new TTSStartedFrame());
  say(AHEAD_FRAMES);
  const timer = setInterval(() => say(1), FRAME_MS);
  bots.set(conversationId, {
    ear,
    async stop() {
      clearInterval(timer);
      bots.delete(conversationId);
      task.cancel("the bench is over");
      await running.catch(() => undefined);
    },
  });
  return { conversationId, url, joinMs };
}

serve<BotsRequests>(
  {
    start: ({ says }) => start(says),
    async stop({ conversationId }) {
      await bots.get(conversationId)?.stop();
      return undefined;
    },
    listen() {
      for (const { ear } of bots.values()) ear.listen();
      return undefined;
    },
    heard: () => Object.fromEntries([...bots].map(([id, { ear }]) => [id, ear.reception])),
  },
  async () => {
    await Promise.all([...bots.values()].map((bot) => bot.stop()));
  },
);
