import type { Clock } from "../../../util/clock.ts";
import type { HostedSink } from "../call-host.ts";
import type { HostedVideoSink, HostedVideoSinkOptions } from "../fitted-video-sink.ts";
import type { ReceivedMedia } from "./received-media.ts";
import { RemoteCaptures } from "./remote-captures.ts";
import { RemoteTrackSink, type SendMedia } from "./remote-track-sink.ts";
import { RemoteVideoSink } from "./remote-video-sink.ts";

export interface RemoteMediaOptions {
  readonly clock: Clock;
  readonly send: SendMedia;
  /** The rate in Hz of the PCM that arrives. Default: the rate of each capture, because the far side resamples. */
  readonly receivedRate?: number;
}

/** The near ends of all media of a call whose tracks are in another process. */
export class RemoteMedia {
  readonly captures: RemoteCaptures;
  readonly #clock: Clock;
  readonly #send: SendMedia;
  readonly #sinks = new Map<number, RemoteTrackSink>();
  readonly #videoSinks = new Map<number, RemoteVideoSink>();

  constructor({ clock, send, receivedRate }: RemoteMediaOptions) {
    this.#clock = clock;
    this.#send = send;
    this.captures = new RemoteCaptures(send, receivedRate);
  }

  createSink(sinkId: number, sampleRate: number, onClose: () => Promise<void>): HostedSink {
    const sink = new RemoteTrackSink(sinkId, sampleRate, this.#clock, this.#send, async () => {
      this.#sinks.delete(sinkId);
      await onClose();
    });
    this.#sinks.set(sinkId, sink);
    return sink;
  }

  createVideoSink(sinkId: number, options: HostedVideoSinkOptions): HostedVideoSink {
    const sink = new RemoteVideoSink({
      ...options,
      id: sinkId,
      clock: this.#clock,
      send: this.#send,
      onRelease: () => this.#videoSinks.delete(sinkId),
    });
    this.#videoSinks.set(sinkId, sink);
    return sink;
  }

  receive(media: ReceivedMedia): void {
    switch (media.type) {
      case "played":
        this.#sinks.get(media.sinkId)?.played(media.generation, media.report);
        break;
      case "taken":
        this.#videoSinks.get(media.sinkId)?.taken(media.wasShown);
        break;
      case "picture":
        this.captures.receivePicture(media.captureId, media.picture);
        break;
      case "captured":
        this.captures.receivePcm(media.captureId, media.pcm);
        break;
    }
  }

  /** The call is over: everything ends at once, and the far side is told nothing. */
  release(): void {
    for (const sink of this.#sinks.values()) sink.release();
    this.#sinks.clear();
    for (const sink of this.#videoSinks.values()) sink.release();
    this.#videoSinks.clear();
    this.captures.release();
  }
}
