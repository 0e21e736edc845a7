import { coverLoss } from "./cover-loss.ts";
import { LiveTimeline, type Packet, type Step } from "./live-timeline.ts";
import { OPUS_RATE, readOpusHead } from "./opus-packet.ts";

/** Silence is passed on in blocks of this length. */
const BLOCK_MS = 10;

/** A decoder that fails more often does not understand what it gets. */
const MAX_FAILURES = 3;

interface OpusPacket extends Packet {
  readonly data: ArrayBuffer;
}

export interface LiveEarOptions {
  readonly nowMs: () => number;
  /** Takes signed 16-bit PCM; the array is used again. */
  readonly onSound: (pcm: Int16Array, sampleRate: number) => void;
  /** Called once, when this receiver's packets cannot be decoded or come no more. */
  readonly onFailed: (reason: string) => void;
}

/**
 * Hears one receiver's packets before its jitter buffer, which gets them afterwards, untouched. Decodes only while somebody
 * listens.
 */
export class LiveEar {
  readonly #options: LiveEarOptions;
  #decoder: AudioDecoder | undefined;
  #timeline: LiveTimeline<OpusPacket> | undefined;
  #heard = new Int16Array(0);
  #floats = new Float32Array(0);
  #failures = 0;
  /** Lost samples to cover, by the timestamp (µs) of the packet that follows them. */
  readonly #lost = new Map<number, number>();

  constructor(options: LiveEarOptions) {
    this.#options = options;
  }

  /** Resolves when the receiver has ended. */
  async run(
    readable: ReadableStream<RTCEncodedAudioFrame>,
    writable: WritableStream<RTCEncodedAudioFrame>,
  ): Promise<void> {
    const reader = readable.getReader();
    const writer = writable.getWriter();
    for (;;) {
      const { value: packet, done } = await reader.read();
      if (done) return;
      if (this.#timeline) this.#hear(this.#timeline, packet);
      writer.write(packet).catch(() => undefined);
    }
  }

  listen(): void {
    this.#timeline ??= new LiveTimeline(this.#options.nowMs());
  }

  ignore(): void {
    this.#timeline = undefined;
    this.#lost.clear();
    if (this.#decoder?.state === "configured") this.#decoder.close();
    this.#decoder = undefined;
  }

  /** Called every 10 ms or so. */
  tick(nowMs: number): void {
    if (this.#timeline) this.#follow(this.#timeline.due(nowMs, BLOCK_MS));
  }

  #hear(timeline: LiveTimeline<OpusPacket>, { timestamp, data }: RTCEncodedAudioFrame): void {
    const packet = { rtpTimestamp: timestamp, data, ...readOpusHead(new Uint8Array(data)) };
    this.#follow(timeline.arrived(packet, this.#options.nowMs()));
  }

  #follow(steps: readonly Step<OpusPacket>[]): void {
    for (const step of steps) {
      if (step.type === "silence") {
        this.#options.onSound(new Int16Array(step.samples), OPUS_RATE);
        continue;
      }
      const timestamp = Math.round((step.timestamp * 1_000_000) / OPUS_RATE);
      if (step.lost > 0) this.#lost.set(timestamp, step.lost);
      this.#decoder ??= this.#createDecoder();
      this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp, data: step.packet.data }));
    }
  }

  #createDecoder(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => {
        if (this.#decoder === decoder) this.#pass(data);
        data.close();
      },
      // A packet that cannot be decoded closes the decoder; the next packet gets another one.
      error: ({ message }) => {
        if (this.#decoder !== decoder) return;
        this.#decoder = undefined;
        this.#failures++;
        if (this.#failures === MAX_FAILURES) this.#options.onFailed(message);
      },
    });
    decoder.configure({ codec: "opus", sampleRate: OPUS_RATE, numberOfChannels: 1 });
    return decoder;
  }

  #pass(data: AudioData): void {
    const { numberOfFrames, timestamp, sampleRate } = data;
    const lost = this.#lost.get(timestamp);
    if (lost !== undefined) {
      this.#lost.delete(timestamp);
      this.#options.onSound(coverLoss(this.#heard, lost), sampleRate);
    }
    if (this.#floats.length !== numberOfFrames) {
      this.#floats = new Float32Array(numberOfFrames);
      this.#heard = new Int16Array(numberOfFrames);
    }
    data.copyTo(this.#floats, { planeIndex: 0, format: "f32-planar" });
    for (let i = 0; i < numberOfFrames; i++) this.#heard[i] = Math.max(-1, Math.min(1, this.#floats[i] ?? 0)) * 32_767;
    this.#options.onSound(this.#heard, sampleRate);
  }
}
