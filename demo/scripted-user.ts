import { measurePeak } from "../src/audio/index.ts";
import type { AudioSink } from "../src/transport/playout/audio-sink.ts";
import { createDailyCall, type DailyCall, MICROPHONE, type Participant } from "../src/transport/daily/index.ts";
import { LOUD_PEAK, Recording, type Span, SpanDetector } from "./sound.ts";
import type { Utterance } from "./speech.ts";

const HEARD_RATE = 24_000;
const MICROPHONE_RATE_FALLBACK = 16_000;
const POLL_MS = 20;
/** Recordings are cut with this much quiet at their ends. */
const MARGIN_MS = 60;

export interface Spoken extends Span {
  readonly text: string;
}

/** A user in the room who speaks and listens, through daily-js. */
export class ScriptedUser {
  readonly spoken: Spoken[] = [];
  readonly heard = new Recording(HEARD_RATE);
  readonly heardSpans = new SpanDetector();
  /** When something loud arrived, block by block. */
  readonly heardLoudMs: number[] = [];
  readonly #call: DailyCall;
  readonly #now: () => number;
  readonly #over: AbortSignal;
  #microphone: AudioSink | undefined;

  private constructor(call: DailyCall, now: () => number, over: AbortSignal) {
    this.#call = call;
    this.#now = now;
    this.#over = over;
  }

  /** Joins with the microphone open; `isPal` selects the participant to listen to. */
  static async join(options: {
    readonly url: string;
    readonly runtime: "native" | "chromium";
    readonly microphoneRate: number;
    readonly isPal: (participant: Participant) => boolean;
    readonly now: () => number;
    readonly over: AbortSignal;
  }): Promise<ScriptedUser> {
    const { url, runtime, isPal, now, over } = options;
    const call = await createDailyCall({ url, runtime });
    const user = new ScriptedUser(call, now, over);
    const listening = new Set<string>();
    const listen = (participant: Participant): void => {
      const { sessionId, microphone } = participant;
      if (!isPal(participant) || listening.has(sessionId) || microphone.state === "off") return;
      listening.add(sessionId);
      void call.captureAudio(sessionId, MICROPHONE, { sampleRate: HEARD_RATE }, ({ pcm }) => {
        user.#hear(pcm);
      });
    };
    call.on("participantJoined", listen).on("participantUpdated", listen);
    try {
      await call.join({ url, userName: "Sam (scripted user)" });
      const rate = [8000, 16_000, 24_000, 32_000, 44_100, 48_000].includes(options.microphoneRate)
        ? options.microphoneRate
        : MICROPHONE_RATE_FALLBACK;
      user.#microphone = await call.publishAudio(MICROPHONE, { sampleRate: rate });
    } catch (thrown) {
      await call.close();
      throw thrown;
    }
    return user;
  }

  /** Speaks, and resolves when the last word has left the microphone. */
  async say({ text, pcm }: Utterance): Promise<Spoken> {
    const microphone = this.#microphone;
    if (!microphone) throw new Error("The user has no microphone.");
    const startMs = this.#now() + MARGIN_MS;
    microphone.write(pcm.slice());
    await microphone.whenPlayed(microphone.writtenSamples);
    const spoken: Spoken = { text, startMs, endMs: this.#now() - MARGIN_MS };
    this.spoken.push(spoken);
    return spoken;
  }

  /** Resolves with true when the pal has started speaking after `sinceMs`, with false after the deadline. */
  hearsPal(sinceMs: number, timeoutMs: number): Promise<boolean> {
    return this.#until(() => this.heardSpans.spans.some(({ endMs }) => endMs > sinceMs), timeoutMs);
  }

  /** Resolves with true when the pal has been silent this long, with false after the deadline. */
  hearsSilence(silentMs: number, timeoutMs: number): Promise<boolean> {
    return this.#until(() => this.heardSpans.silentForMs(this.#now()) >= silentMs, timeoutMs);
  }

  async pause(ms: number): Promise<void> {
    await this.#until(() => false, ms);
  }

  async leave(): Promise<void> {
    await this.#call.close();
  }

  #hear(pcm: Int16Array): void {
    const now = this.#now();
    this.heard.add(now, pcm);
    const peak = measurePeak(pcm);
    this.heardSpans.feed(now, peak);
    if (peak >= LOUD_PEAK) this.heardLoudMs.push(now);
  }

  async #until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    const deadline = this.#now() + timeoutMs;
    while (!condition()) {
      if (this.#over.aborted) throw new Error("The call ended before the script did.");
      if (this.#now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return true;
  }
}
