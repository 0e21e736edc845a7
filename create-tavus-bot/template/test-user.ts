// A user for tests: joins the conversation's room over real WebRTC, speaks, and listens to the pal.
import { createDailyCall, type DailyCall } from "tavus-transport";

const RATE = 16_000;
const LOUD = 1000;
const DEADLINE_MS = 20_000;
/** A pause this long is the end of an utterance. */
const PAUSE_MS = 600;

export class TestUser implements AsyncDisposable {
  readonly #call: DailyCall;
  readonly #speak: (pcm: Int16Array) => void;
  #loudMs = -Infinity;

  private constructor(call: DailyCall, speak: (pcm: Int16Array) => void) {
    this.#call = call;
    this.#speak = speak;
  }

  /** Resolves when the user is in the room and hears the pal. */
  static async join(url: string): Promise<TestUser> {
    const call = await createDailyCall({ url });
    await call.join({ url, userName: "Test user" });
    const pal = await until("the pal is in the room", () =>
      [...call.participants().values()].find(({ userId }) => userId.includes("tavus")),
    );
    const microphone = await call.publishAudio("microphone", { sampleRate: RATE });
    const user = new TestUser(call, (pcm) => void microphone.write(pcm));
    await call.captureAudio(pal.sessionId, "microphone", { sampleRate: RATE }, ({ pcm }) => {
      if (pcm.some((sample) => Math.abs(sample) > LOUD)) user.#loudMs = performance.now();
    });
    return user;
  }

  /** Makes a sound, which speech-to-text that follows a script takes for its next line. */
  speak(durationMs: number): void {
    const sound = (_: unknown, at: number): number => 8000 * Math.sin((2 * Math.PI * 440 * at) / RATE);
    this.#speak(Int16Array.from({ length: (RATE * durationMs) / 1000 }, sound));
  }

  /** Resolves when the pal has said something from now on, and paused. */
  async hearsThePal(): Promise<void> {
    const sinceMs = performance.now();
    await until("the pal speaks", () => this.#loudMs > sinceMs);
    await until("the pal pauses", () => performance.now() - this.#loudMs > PAUSE_MS);
  }

  /** Leaves the room. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#call.close();
  }
}

/** Waits until `look` finds something. */
export async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadlineMs) throw new Error(`Not within ${DEADLINE_MS} ms: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
