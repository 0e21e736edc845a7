import type { CallMediaOptions } from "./call-media.ts";
import { DailyCallError } from "./daily-errors.ts";
import type { HostedVideoSink } from "./fitted-video-sink.ts";
import { parsePublishFormat, type VideoPublishFormat, type VideoTrackSink } from "./video-publishing.ts";

/** The video tracks that a call publishes, by name, until they are closed or the call is over. */
export class PublishedVideos {
  readonly #options: CallMediaOptions;
  readonly #sinks = new Map<string, HostedVideoSink>();

  constructor(options: CallMediaOptions) {
    this.#options = options;
  }

  has(trackName: string): boolean {
    return this.#sinks.has(trackName);
  }

  /** See `DailyCall.publishVideo`. */
  async publish(sinkId: number, trackName: string, given: VideoPublishFormat): Promise<VideoTrackSink> {
    const { host, ask, isJoined } = this.#options;
    const format = parsePublishFormat(trackName, given);
    const forget = (): void => {
      if (this.#sinks.get(trackName) === sink) this.#sinks.delete(trackName);
    };
    const onClose = async (): Promise<void> => {
      forget();
      if (isJoined()) await ask("unpublishVideo", { trackName, sinkId });
    };
    const sink = host().createVideoSink(sinkId, { trackName, format, onClose });
    this.#sinks.set(trackName, sink);
    try {
      await ask("publishVideo", { trackName, format, sinkId });
    } catch (thrown) {
      // daily-js may only be late: then this removes the track after it was published.
      void sink.close().catch(() => undefined);
      throw thrown;
    }
    if (sink.closed) throw new DailyCallError("notJoined", "The call was over before the track was published.");
    return sink;
  }

  /** The call is over: everything is released without a request to the driver. */
  release(): void {
    for (const sink of this.#sinks.values()) sink.release();
    this.#sinks.clear();
  }
}
