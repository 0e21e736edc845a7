import { LiveEar, type LiveEarOptions } from "./live-ear.ts";

/** The worker's end of an `RTCRtpScriptTransform`; not in TypeScript's DOM library. */
export interface ScriptTransformer {
  readonly readable: ReadableStream<RTCEncodedAudioFrame>;
  readonly writable: WritableStream<RTCEncodedAudioFrame>;
  /** Chosen by `EncodedReceivers`. */
  readonly options: { readonly receiverId: number };
}

export interface LiveEarsOptions {
  readonly nowMs: () => number;
  readonly onSound: (captureId: number, ...sound: Parameters<LiveEarOptions["onSound"]>) => void;
  /** These captures hear nothing any more, and need another way. */
  readonly onFailed: (captureIds: readonly number[], reason: string) => void;
}

/** The receivers of a call, and the captures that listen to them. */
export class LiveEars {
  readonly #options: LiveEarsOptions;
  readonly #ears = new Map<number, LiveEar>();
  /** Receivers, by capture. A capture may be here before its receiver is. */
  readonly #receiverOf = new Map<number, number>();

  constructor(options: LiveEarsOptions) {
    this.#options = options;
  }

  add({ readable, writable, options: { receiverId } }: ScriptTransformer): void {
    const ear = new LiveEar({
      nowMs: this.#options.nowMs,
      onSound: (...sound) => {
        for (const captureId of this.#listeners(receiverId)) this.#options.onSound(captureId, ...sound);
      },
      onFailed: (reason) => {
        this.#fail(receiverId, reason);
      },
    });
    this.#ears.set(receiverId, ear);
    if (this.#listeners(receiverId).length > 0) ear.listen();
    const ended = (): void => {
      if (this.#ears.get(receiverId) !== ear) return;
      this.#fail(receiverId, "the packets come no more");
      this.#ears.delete(receiverId);
    };
    ear.run(readable, writable).then(ended, ended);
  }

  open(captureId: number, receiverId: number): void {
    this.#receiverOf.set(captureId, receiverId);
    this.#ears.get(receiverId)?.listen();
  }

  close(captureId: number): void {
    const receiverId = this.#receiverOf.get(captureId);
    if (receiverId === undefined) return;
    this.#receiverOf.delete(captureId);
    if (this.#listeners(receiverId).length === 0) this.#ears.get(receiverId)?.ignore();
  }

  tick(nowMs: number): void {
    for (const ear of this.#ears.values()) ear.tick(nowMs);
  }

  #fail(receiverId: number, reason: string): void {
    const captureIds = this.#listeners(receiverId);
    for (const captureId of captureIds) this.close(captureId);
    if (captureIds.length > 0) this.#options.onFailed(captureIds, reason);
  }

  #listeners(receiverId: number): number[] {
    return [...this.#receiverOf].filter(([, listensTo]) => listensTo === receiverId).map(([captureId]) => captureId);
  }
}
