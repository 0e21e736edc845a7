import type { DailyCallFactory } from "@daily-co/daily-js";

import { CallDriver, type MediaEnds } from "../call-driver.ts";
import { asFailure, usualCode } from "../driver-failure.ts";
import type { DriverRequests } from "../driver-messages.ts";
import type { ControlAnswer, ControlRequest } from "../remote/control-messages.ts";
import { withWantedPacketTime } from "../packet-time.ts";
import { BRIDGE_PATHS, type CallFrameOrder, type CallTokens } from "./bridge-messages.ts";
import { EncodedReceivers } from "./encoded-receivers.ts";
import type { WorkerOrder, WorkerReport } from "./worker-orders.ts";

// The main thread of a call frame (daily-js and the call driver, which Node controls over the control socket), and of the
// page around the frames.

declare const Daily: DailyCallFactory;

/** Chromium only, and not in TypeScript's DOM library: makes a track from media, and reads the media of a track. */
declare class MediaStreamTrackGenerator<Media extends AudioData | VideoFrame> extends MediaStreamTrack {
  constructor(init: { kind: Media extends AudioData ? "audio" : "video" });
  readonly writable: WritableStream<Media>;
}
declare class MediaStreamTrackProcessor<Media extends AudioData | VideoFrame> {
  constructor(init: { track: MediaStreamTrack });
  readonly readable: ReadableStream<Media>;
}

declare global {
  interface Window {
    openCall?: (order: CallFrameOrder) => Promise<void>;
    closeCall?: (name: string) => void;
    startCall?: (tokens: CallTokens) => Promise<void>;
  }
}

function socketUrl(path: string): string {
  return `ws://${location.host}${path}`;
}

/** The page's media ends: streams that the worker reads and writes. */
class WorkerMediaEnds implements MediaEnds {
  readonly #worker: Worker;
  readonly #receivers: EncodedReceivers;
  readonly #elements = new Map<number, HTMLAudioElement>();
  /** Tracks that are heard through the packets of their receivers, by capture. */
  readonly #heardLive = new Map<number, MediaStreamTrack>();
  /** Whether sound comes from the browser's jitter buffer. */
  jitterBuffer = false;

  constructor(worker: Worker, onWarning: (message: string) => void) {
    this.#worker = worker;
    this.#receivers = new EncodedReceivers(worker);
    worker.addEventListener("message", ({ data }: MessageEvent<WorkerReport>) => {
      if (data.type !== "earsFailed") return;
      for (const id of data.captureIds) this.#fallBack(id);
      onWarning(`Received packets cannot be heard at once (${data.reason}); their sound comes from the jitter buffer.`);
    });
  }

  openSource(id: number, sampleRate: number): MediaStreamTrack {
    const generator = new MediaStreamTrackGenerator<AudioData>({ kind: "audio" });
    const { writable } = generator;
    this.#order({ type: "openSink", id, sampleRate, writable }, [writable]);
    return generator;
  }

  closeSource(id: number): void {
    this.#order({ type: "closeSink", id });
  }

  openVideoSource(id: number): MediaStreamTrack {
    const generator = new MediaStreamTrackGenerator<VideoFrame>({ kind: "video" });
    const { writable } = generator;
    this.#order({ type: "openVideoSink", id, writable }, [writable]);
    return generator;
  }

  closeVideoSource(id: number): void {
    this.#order({ type: "closeVideoSink", id });
  }

  toStream(track: MediaStreamTrack): MediaStream {
    return new MediaStream([track]);
  }

  openCapture(id: number, track: MediaStreamTrack): void {
    if (track.kind === "video") {
      const { readable } = new MediaStreamTrackProcessor<VideoFrame>({ track });
      this.#order({ type: "openVideo", id, readable }, [readable]);
      return;
    }
    const receiverId = this.jitterBuffer ? undefined : this.#receivers.find(track);
    if (receiverId === undefined) {
      this.#openPlayed(id, track);
      return;
    }
    this.#heardLive.set(id, track);
    this.#order({ type: "openEar", id, receiverId });
  }

  closeCapture(id: number): void {
    this.#heardLive.delete(id);
    const element = this.#elements.get(id);
    this.#elements.delete(id);
    if (element) element.srcObject = null;
    this.#order({ type: "closeCapture", id });
  }

  #openPlayed(id: number, track: MediaStreamTrack): void {
    // Chromium pulls received audio only while a media element plays it; a muted one outside of the document is enough.
    const element = new Audio();
    element.srcObject = new MediaStream([track]);
    element.muted = true;
    void element.play();
    this.#elements.set(id, element);
    const { readable } = new MediaStreamTrackProcessor<AudioData>({ track });
    this.#order({ type: "openCapture", id, readable }, [readable]);
  }

  /** Closed by now, or its track has ended: then there is nothing to do. */
  #fallBack(id: number): void {
    const track = this.#heardLive.get(id);
    if (track?.readyState !== "live") return;
    this.#heardLive.delete(id);
    this.#openPlayed(id, track);
  }

  #order(order: WorkerOrder, transfer: Transferable[] = []): void {
    this.#worker.postMessage(order, transfer);
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.onopen = () => {
      resolve();
    };
    socket.onerror = () => {
      reject(new Error("The socket to Node did not open."));
    };
  });
}

window.openCall = async ({ name, path, ...tokens }) => {
  const frame = document.createElement("iframe");
  frame.id = name;
  frame.src = path;
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
  document.body.append(frame);
  await loaded;
  const start = frame.contentWindow?.startCall;
  if (!start) throw new Error("The call frame did not load.");
  await start(tokens);
};

window.closeCall = (name) => {
  document.getElementById(name)?.remove();
};

window.startCall = async ({ controlToken, audioToken }) => {
  window.RTCPeerConnection = withWantedPacketTime(RTCPeerConnection);
  const worker = new Worker("/audio-worker.js");
  const workerReady = new Promise<void>((resolve) => {
    worker.addEventListener("message", ({ data }: MessageEvent<WorkerReport>) => {
      if (data.type === "connected") resolve();
    });
  });
  worker.postMessage({ type: "connect", url: socketUrl(BRIDGE_PATHS.audio), token: audioToken } satisfies WorkerOrder);
  const control = new WebSocket(socketUrl(BRIDGE_PATHS.control), controlToken);
  await Promise.all([opened(control), workerReady]);

  const answer = (message: ControlAnswer): void => {
    control.send(JSON.stringify(message));
  };
  const ends = new WorkerMediaEnds(worker, (message) => {
    answer({ event: { type: "warning", message } });
  });
  let driver: CallDriver | undefined;

  async function run({ method, argument }: ControlRequest): Promise<unknown> {
    if (!driver) {
      if (method !== "join") return undefined;
      const { bundlePath, jitterBuffer = false } = argument as DriverRequests["join"][0];
      ends.jitterBuffer = jitterBuffer;
      const dailyConfig = bundlePath === undefined ? {} : { bundlePathOverride: bundlePath };
      driver = new CallDriver(Daily.createCallObject({ dailyConfig: dailyConfig }), ends, (event) => {
        answer({ event });
      });
    }
    const handler = driver[method].bind(driver) as (argument: unknown) => unknown;
    return await handler(argument);
  }

  control.onmessage = (event) => {
    const request = JSON.parse(event.data as string) as ControlRequest;
    run(request).then(
      (result) => {
        answer({ id: request.id, result });
      },
      (thrown: unknown) => {
        answer({
          id: request.id,
          failure: asFailure(thrown, usualCode(request.method)),
        });
      },
    );
  };
};
