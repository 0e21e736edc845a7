import type { ScriptTransformer } from "./live-ears.ts";

/** Whether this browser gives packets to scripts, and decodes them for scripts. */
function isSupported(): boolean {
  return typeof RTCRtpScriptTransform === "function" && typeof AudioDecoder === "function";
}

/**
 * The receivers whose packets the media worker sees before their jitter buffers do. Chromium gives a receiver's packets only to
 * a transform that was set when its track was announced, so every received sound has one; it costs little while no capture
 * listens.
 */
export class EncodedReceivers {
  readonly #worker: Worker;
  readonly #ids = new WeakMap<MediaStreamTrack, { readonly id: number; readonly receiver: RTCRtpReceiver }>();
  #nextId = 1;

  /** From now on, the connections of this page are made with transforms for that worker. */
  constructor(worker: Worker) {
    this.#worker = worker;
    if (!isSupported()) return;
    const onTrack = ({ receiver }: RTCTrackEvent): void => {
      this.#add(receiver);
    };
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        this.addEventListener("track", onTrack);
      }
    };
  }

  /** The receiver of that track, if the worker can decode its packets. */
  find(track: MediaStreamTrack): number | undefined {
    const found = this.#ids.get(track);
    // Somebody else (end-to-end encryption, say) may have taken the transform's place.
    if (!found?.receiver.transform) return undefined;
    // The first codec is the one in use; redundant packets ("audio/red") are not plain Opus.
    return found.receiver.getParameters().codecs[0]?.mimeType.toLowerCase() === "audio/opus" ? found.id : undefined;
  }

  #add(receiver: RTCRtpReceiver): void {
    const { track } = receiver;
    if (track.kind !== "audio" || this.#ids.has(track) || receiver.transform) return;
    const id = this.#nextId++;
    this.#ids.set(track, { id, receiver });
    receiver.transform = new RTCRtpScriptTransform(this.#worker, {
      receiverId: id,
    } satisfies ScriptTransformer["options"]);
  }
}
