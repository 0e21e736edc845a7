import { TICK_MS, TickSchedule } from "../../../audio/tick-schedule.ts";
import { FarSinkQueue } from "../remote/far-sink-queue.ts";
import {
  MEDIA_HEAD_BYTES,
  MEDIA_MESSAGE,
  PLAYED_REPORT_BYTES,
  readMediaHead,
  writeMediaHead,
  writePlayedReport,
} from "../remote/media-messages.ts";
import { LiveEars, type ScriptTransformer } from "./live-ears.ts";
import { PagePictures } from "./page-pictures.ts";
import { PageVideoSinks } from "./page-video-sinks.ts";
import type { WorkerOrder, WorkerReport } from "./worker-orders.ts";

// All of a page's media: the socket to Node, the writing ends of the tracks it sends, the reading ends of those it
// receives. A worker of its own, because the page's main thread stalls for tens of ms whenever daily-js has much to do.

/**
 * Lateness up to this is caught up at once. Skipped media time would make every later packet look late to the receiver,
 * which then raises its delay for tens of seconds. More lateness than this is a suspended machine.
 */
const CATCH_UP_AT_MOST_MS = 1000;
/** How often the playout is reported to Node: each message costs three processes something. */
const REPORT_EVERY_TICKS = 4;

class Sink {
  readonly #id: number;
  readonly #writer: WritableStreamDefaultWriter<AudioData>;
  readonly #frame: Int16Array<ArrayBuffer>;
  readonly #sampleRate: number;
  readonly #queue = new FarSinkQueue();
  #timestampUs = 0;

  constructor(id: number, sampleRate: number, writable: WritableStream<AudioData>) {
    this.#id = id;
    this.#sampleRate = sampleRate;
    this.#writer = writable.getWriter();
    this.#frame = new Int16Array((sampleRate * TICK_MS) / 1000);
  }

  push(generation: number, pcm: Int16Array): void {
    this.#queue.push(generation, pcm);
  }

  flush(generation: number): void {
    this.#queue.flush(generation);
  }

  tick(): void {
    // Never stops writing, silence included: a gap makes the receiver raise its delay for tens of seconds.
    this.#queue.play(this.#frame);
    const data = new AudioData({
      format: "s16",
      sampleRate: this.#sampleRate,
      numberOfFrames: this.#frame.length,
      numberOfChannels: 1,
      timestamp: this.#timestampUs,
      data: this.#frame,
    });
    this.#timestampUs += TICK_MS * 1000;
    this.#writer.write(data).catch(() => {
      sinks.delete(this.#id);
    });
  }

  report(): void {
    const played = this.#queue.takeReport();
    if (!played) return;
    const message = new DataView(new ArrayBuffer(PLAYED_REPORT_BYTES));
    writeMediaHead(message, { type: MEDIA_MESSAGE.played, id: this.#id, third: played.generation });
    // The wall clock is the only clock that Node has as well.
    writePlayedReport(message, { samples: played.samples, wallMs: Date.now() });
    socket.send(message.buffer);
  }

  close(): void {
    this.#writer.close().catch(() => undefined);
  }
}

const sinks = new Map<number, Sink>();
const captures = new Map<number, ReadableStreamDefaultReader<AudioData>>();
const ears = new LiveEars({
  nowMs: () => performance.now(),
  onSound: sendCaptured,
  onFailed(captureIds, reason) {
    postMessage({ type: "earsFailed", captureIds, reason } satisfies WorkerReport);
  },
});
const pictures = new PagePictures(send);
const videoSinks = new PageVideoSinks(send);
let socket: WebSocket;

function send(message: ArrayBuffer): void {
  if (socket.readyState === socket.OPEN) socket.send(message);
}

function connect(url: string, token: string): void {
  socket = new WebSocket(url, token);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    postMessage({ type: "connected" } satisfies WorkerReport);
  };
  socket.onmessage = (event) => {
    const buffer = event.data as ArrayBuffer;
    const { type, id, third } = readMediaHead(new DataView(buffer));
    if (type === MEDIA_MESSAGE.pcm) sinks.get(id)?.push(third, new Int16Array(buffer, MEDIA_HEAD_BYTES));
    else if (type === MEDIA_MESSAGE.flush) sinks.get(id)?.flush(third);
    else if (type === MEDIA_MESSAGE.show) videoSinks.show(buffer);
    else if (type === MEDIA_MESSAGE.want && third === 0) pictures.forget(id);
    else if (type === MEDIA_MESSAGE.want) pictures.want(id, third);
  };
}

function sendCaptured(id: number, pcm: Int16Array, sampleRate: number): void {
  const message = new ArrayBuffer(MEDIA_HEAD_BYTES + pcm.byteLength);
  writeMediaHead(new DataView(message), { type: MEDIA_MESSAGE.captured, id, third: sampleRate });
  new Int16Array(message, MEDIA_HEAD_BYTES).set(pcm);
  send(message);
}

async function capture(id: number, readable: ReadableStream<AudioData>): Promise<void> {
  const reader = readable.getReader();
  captures.set(id, reader);
  let floats = new Float32Array(0);
  for (;;) {
    const { value: data, done } = await reader.read();
    if (done || captures.get(id) !== reader) {
      data?.close();
      return;
    }
    const frames = data.numberOfFrames;
    if (floats.length !== frames) floats = new Float32Array(frames);
    // Received audio has at most two channels, and they are equal: the first is enough.
    data.copyTo(floats, { planeIndex: 0, format: "f32-planar" });
    const message = new ArrayBuffer(MEDIA_HEAD_BYTES + frames * 2);
    writeMediaHead(new DataView(message), { type: MEDIA_MESSAGE.captured, id, third: data.sampleRate });
    const pcm = new Int16Array(message, MEDIA_HEAD_BYTES);
    for (let i = 0; i < frames; i++) pcm[i] = Math.max(-1, Math.min(1, floats[i] ?? 0)) * 32_767;
    data.close();
    send(message);
  }
}

const schedule = new TickSchedule(performance.now(), CATCH_UP_AT_MOST_MS);
let ticks = 0;

function tick(): void {
  const nowMs = performance.now();
  const due = schedule.take(nowMs);
  ticks += due;
  for (let i = 0; i < due; i++) for (const sink of sinks.values()) sink.tick();
  ears.tick(nowMs);
  if (ticks % REPORT_EVERY_TICKS === 0) for (const sink of sinks.values()) sink.report();
  setTimeout(tick, schedule.delayMs(performance.now()));
}
tick();

addEventListener("rtctransform", (event) => {
  ears.add((event as Event & { readonly transformer: ScriptTransformer }).transformer);
});

onmessage = (event: MessageEvent<WorkerOrder>) => {
  const order = event.data;
  switch (order.type) {
    case "connect":
      connect(order.url, order.token);
      break;
    case "openSink":
      sinks.set(order.id, new Sink(order.id, order.sampleRate, order.writable));
      break;
    case "closeSink":
      sinks.get(order.id)?.close();
      sinks.delete(order.id);
      break;
    case "openVideoSink":
      videoSinks.open(order.id, order.writable);
      break;
    case "closeVideoSink":
      videoSinks.close(order.id);
      break;
    case "openCapture":
      void capture(order.id, order.readable);
      break;
    case "openEar":
      ears.open(order.id, order.receiverId);
      break;
    case "openVideo":
      void pictures.open(order.id, order.readable);
      break;
    case "closeCapture":
      pictures.close(order.id);
      ears.close(order.id);
      void captures.get(order.id)?.cancel();
      captures.delete(order.id);
      break;
  }
};
