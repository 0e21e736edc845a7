import { createResampler } from "../../src/audio/index.ts";
import { createDailyCall, type DailyCall, MICROPHONE, type Participant } from "../../src/transport/daily/index.ts";
import type { AudioSink } from "../../src/transport/playout/audio-sink.ts";
import { BOT_NAME } from "./sentence-bot.ts";
import { type HeardWord, SentenceListener } from "./sentence.ts";

const HEARD_RATE = 24_000;
const MICROPHONE_RATE = 16_000;

export interface SentenceUserOptions {
  readonly runtime: "native" | "chromium";
  readonly now: () => number;
  /** Called with each word, when its sound begins. */
  readonly onWord?: (word: HeardWord) => void;
  /** Called with everything it hears. */
  readonly onSound?: (voice: string, pcm: Int16Array, sampleRate: number, atMs: number) => void;
}

/** A user in the room who hears the pal and the bot, follows to another room, and knows each word and whose voice it was. */
export class SentenceUser implements AsyncDisposable {
  readonly #options: SentenceUserOptions;
  readonly #listeners = new Map<string, SentenceListener>();
  #call: DailyCall | undefined;
  #microphone: AudioSink | undefined;
  #left: Promise<unknown> = Promise.resolve();

  constructor(options: SentenceUserOptions) {
    this.#options = options;
  }

  /** The words so far, of all voices, in the order of their beginnings. */
  get heard(): readonly HeardWord[] {
    return [...this.#listeners.values()].flatMap(({ heard }) => heard).sort((a, b) => a.startMs - b.startMs);
  }

  /** Whether sound of this voice arrives, silence included. */
  receives(voice: string): boolean {
    return this.#listeners.has(voice);
  }

  /** Whether it is in a room. */
  get isInRoom(): boolean {
    return this.#call !== undefined;
  }

  /** Forgets what it heard. */
  forget(): void {
    this.#listeners.clear();
  }

  /** Joins a room, and leaves the one before. */
  async join(url: string, token?: string): Promise<void> {
    const call = await createDailyCall({ url, runtime: this.#options.runtime });
    const listening = new Set<string>();
    const listen = (participant: Participant): void => {
      const { sessionId, microphone } = participant;
      const voice = voiceOf(participant);
      if (voice === undefined || listening.has(sessionId) || microphone.state === "off") return;
      listening.add(sessionId);
      void call.captureAudio(sessionId, MICROPHONE, { sampleRate: HEARD_RATE }, ({ pcm, sampleRate }) => {
        this.#hear(voice, pcm, sampleRate);
      });
    };
    call.on("participantJoined", listen).on("participantUpdated", listen);
    // The room has ended: the application says where to go.
    call.on("left", () => {
      if (this.#call !== call) return;
      this.#call = undefined;
      this.#left = Promise.all([this.#left, call.close()]);
    });
    try {
      await call.join({ url, userName: "Sam", ...(token !== undefined && { token }) });
      const microphone = await call.publishAudio(MICROPHONE, { sampleRate: MICROPHONE_RATE });
      const before = this.#call;
      this.#call = call;
      this.#microphone = microphone;
      this.#left = Promise.all([this.#left, before?.close()]);
    } catch (thrown) {
      await call.close();
      throw thrown;
    }
  }

  /** Speaks, and resolves when the last sound has left the microphone. */
  async say({ pcm, sampleRate }: { readonly pcm: Int16Array; readonly sampleRate: number }): Promise<void> {
    const microphone = this.#microphone;
    if (!microphone) throw new Error("The user is in no room.");
    const resampler = await createResampler(sampleRate, MICROPHONE_RATE);
    // A copy: the microphone owns what it is given.
    for (const part of [resampler.process(pcm), resampler.flush()]) microphone.write(part.slice());
    resampler.close();
    await microphone.whenPlayed(microphone.writtenSamples);
  }

  async leave(): Promise<void> {
    const call = this.#call;
    this.#call = undefined;
    this.#microphone = undefined;
    await Promise.all([this.#left, call?.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  #hear(voice: string, pcm: Int16Array, sampleRate: number): void {
    const { now, onWord, onSound } = this.#options;
    const atMs = now();
    onSound?.(voice, pcm, sampleRate, atMs);
    const listener = this.#listeners.get(voice) ?? new SentenceListener(voice);
    this.#listeners.set(voice, listener);
    for (const word of listener.hear(pcm, sampleRate, atMs)) onWord?.(word);
  }
}

/** The voices of the scene; undefined for other users. */
function voiceOf({ userId, userName }: Participant): string | undefined {
  if (userId.includes("tavus-face")) return "pal";
  return userName === BOT_NAME ? "bot" : undefined;
}
