import type { Clock } from "../../util/clock.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { AudioSink } from "../playout/audio-sink.ts";
import type { CallHost, HostedSink } from "./call-host.ts";
import {
  type AudioCapture,
  type AudioFormat,
  CAMERA,
  type CapturedAudio,
  type CapturedVideo,
  PUBLISH_RATES,
  SCREEN_VIDEO,
  type VideoCapture,
  type VideoCaptureOptions,
} from "./daily-call.ts";
import { DailyCallError } from "./daily-errors.ts";
import type { DriverMethod, DriverRequests } from "./driver-messages.ts";
import { PacedVideoCapture } from "./paced-video-capture.ts";
import { PublishedVideos } from "./published-videos.ts";
import type { VideoPublishFormat, VideoTrackSink } from "./video-publishing.ts";

export interface CallMediaOptions {
  readonly clock: Clock;
  /** Started before anything is published or captured. */
  readonly host: () => CallHost;
  /** Sends a request to the call driver, with a deadline. */
  readonly ask: <M extends DriverMethod>(method: M, argument: DriverRequests[M][0]) => Promise<DriverRequests[M][1]>;
  /** Whether the call is still joined: outside of a call the driver has stopped everything by itself. */
  readonly isJoined: () => boolean;
  readonly warn: (message: string) => void;
}

/** The tracks that a call publishes and captures, from their opening until they are closed or the call is over. */
export class CallMedia {
  readonly #options: CallMediaOptions;
  /** Published audio, with the names of the tracks. */
  readonly #sinks = new Map<HostedSink, string>();
  readonly #videos: PublishedVideos;
  readonly #captures = new Set<number>();
  readonly #videoCaptures = new Set<PacedVideoCapture>();
  /** Of sinks and captures alike. */
  #nextId = 1;

  constructor(options: CallMediaOptions) {
    this.#options = options;
    this.#videos = new PublishedVideos(options);
  }

  /** See `DailyCall.publishAudio`. */
  async publishAudio(trackName: string, { sampleRate, channels = 1 }: AudioFormat): Promise<AudioSink> {
    const { ask, isJoined } = this.#options;
    if (!PUBLISH_RATES.includes(sampleRate))
      throw new InvalidOptionError("sampleRate", `must be one of ${PUBLISH_RATES.join(", ")} Hz.`);
    if (channels !== 1) throw new InvalidOptionError("channels", "must be 1: tracks are mono.");
    if (this.#videos.has(trackName)) throw alreadyPublished(trackName);
    const sinkId = this.#nextId++;
    const sink = this.#options.host().createSink(sinkId, sampleRate, async () => {
      this.#sinks.delete(sink);
      if (isJoined()) await ask("unpublish", { trackName, sinkId });
    });
    this.#sinks.set(sink, trackName);
    try {
      await ask("publish", { trackName, sampleRate, sinkId });
    } catch (thrown) {
      this.#sinks.delete(sink);
      sink.release();
      throw thrown;
    }
    return sink;
  }

  /** See `DailyCall.publishVideo`. */
  async publishVideo(trackName: string, format: VideoPublishFormat): Promise<VideoTrackSink> {
    if (this.#videos.has(trackName) || [...this.#sinks.values()].includes(trackName)) throw alreadyPublished(trackName);
    return await this.#videos.publish(this.#nextId++, trackName, format);
  }

  /** See `DailyCall.captureAudio`. */
  async captureAudio(
    sessionId: string,
    trackName: string,
    { sampleRate }: AudioFormat,
    onAudio: (audio: CapturedAudio) => void,
  ): Promise<AudioCapture> {
    if (trackName === CAMERA || trackName === SCREEN_VIDEO)
      throw new InvalidOptionError("trackName", "must be an audio track; captureVideo takes the others.");
    const host = this.#options.host();
    const { ask } = this.#options;
    const captureId = this.#nextId++;
    const close = (): void => {
      if (this.#captures.delete(captureId)) this.#stopCapture(captureId);
    };
    this.#captures.add(captureId);
    try {
      await host.addCapture(captureId, sampleRate, (pcm) => {
        onAudio({ sessionId, trackName, pcm, sampleRate });
      });
      await ask("capture", { sessionId, trackName, captureId });
    } catch (thrown) {
      close();
      throw thrown;
    }
    return { sessionId, trackName, close };
  }

  /** See `DailyCall.captureVideo`. */
  async captureVideo(
    sessionId: string,
    trackName: string,
    options: Required<VideoCaptureOptions>,
    onImage: (video: CapturedVideo) => unknown,
  ): Promise<VideoCapture> {
    const { fps, format, maxWidth } = options;
    const host = this.#options.host();
    const { clock, ask, warn } = this.#options;
    const captureId = this.#nextId++;
    const capture = new PacedVideoCapture({
      ...{ sessionId, trackName, fps, format, clock, onImage },
      want: () => {
        host.wantPicture(captureId);
      },
      onReceiverFailed: ({ message }) => {
        warn(`The receiver of the pictures of ${sessionId} failed: ${message}`);
      },
      onClose: () => {
        this.#videoCaptures.delete(capture);
        this.#stopCapture(captureId);
      },
    });
    this.#videoCaptures.add(capture);
    try {
      host.addVideoCapture(captureId, maxWidth, (picture) => {
        capture.arrived(picture);
      });
      await ask("capture", { sessionId, trackName, captureId });
    } catch (thrown) {
      capture.close();
      throw thrown;
    }
    capture.start();
    return capture;
  }

  /** A participant has left: its video captures are closed. */
  participantLeft(sessionId: string): void {
    for (const capture of [...this.#videoCaptures]) if (capture.sessionId === sessionId) capture.close();
  }

  /** The call is over: everything is released without a request to the driver. */
  release(): void {
    for (const sink of this.#sinks.keys()) sink.release();
    this.#sinks.clear();
    this.#videos.release();
    for (const captureId of this.#captures) this.#options.host().removeCapture(captureId);
    this.#captures.clear();
    for (const capture of [...this.#videoCaptures]) capture.close();
  }

  #stopCapture(captureId: number): void {
    const host = this.#options.host();
    host.removeCapture(captureId);
    if (this.#options.isJoined()) void host.request("stopCapture", { captureId }).catch(() => undefined);
  }
}

function alreadyPublished(trackName: string): DailyCallError {
  return new DailyCallError("alreadyPublished", `A track named "${trackName}" is published already.`);
}
