import type { DailyCall as DailyCallObject, DailySendSettings } from "@daily-co/daily-js";

import type { MediaEnds } from "./call-driver.ts";
import { CAMERA, SCREEN_VIDEO } from "./daily-call.ts";
import { DriverError } from "./driver-failure.ts";
import type { DriverRequests } from "./driver-messages.ts";
import type { ParsedVideoPublishFormat } from "./video-publishing.ts";

/** How long daily-js may take to start sharing a screen; it reports that by events alone. */
const SCREEN_DEADLINE_MS = 15_000;

/** The part of the driver that publishes video. One call at a time: daily-js has one slot per kind of track. */
export class VideoPublisher {
  readonly #call: DailyCallObject;
  readonly #ends: MediaEnds;
  /** The open sinks. */
  readonly #sinks = new Set<number>();
  /** The names whose bit rate is limited. */
  readonly #limited = new Set<string>();

  constructor(call: DailyCallObject, ends: MediaEnds) {
    this.#call = call;
    this.#ends = ends;
  }

  async publish({ trackName, format, sinkId }: DriverRequests["publishVideo"][0]): Promise<void> {
    const track = this.#ends.openVideoSource(sinkId);
    this.#sinks.add(sinkId);
    try {
      await this.#limit(trackName, format);
      if (trackName === CAMERA) {
        await this.#call.setInputDevicesAsync({ videoSource: track });
        this.#call.setLocalVideo(true);
      } else if (trackName === SCREEN_VIDEO) {
        await this.#shareScreen(this.#ends.toStream(track));
      } else {
        await this.#call.startCustomTrack({ track, trackName, ignoreAudioLevel: true });
      }
    } catch (thrown) {
      this.#close(sinkId);
      throw thrown;
    }
  }

  /** Does nothing for a sink that is not open: it was never published, or the call was over in the meantime. */
  async unpublish({ trackName, sinkId }: DriverRequests["unpublishVideo"][0]): Promise<void> {
    if (!this.#close(sinkId)) return;
    if (trackName === CAMERA) {
      this.#call.setLocalVideo(false);
      await this.#call.setInputDevicesAsync({ videoSource: false });
    } else if (trackName === SCREEN_VIDEO) {
      this.#call.stopScreenShare();
    } else {
      await this.#call.stopCustomTrack(trackName);
    }
  }

  /** The call is over. */
  release(): void {
    for (const sinkId of [...this.#sinks]) this.#close(sinkId);
    this.#limited.clear();
  }

  #close(sinkId: number): boolean {
    if (!this.#sinks.delete(sinkId)) return false;
    this.#ends.closeVideoSource(sinkId);
    return true;
  }

  /** Before the track is published, so that the encoder starts with it; daily-js' own setting again where no limit is given. */
  async #limit(trackName: string, { maxBitrate, fps }: ParsedVideoPublishFormat): Promise<void> {
    if (maxBitrate === undefined && !this.#limited.delete(trackName)) return;
    const key = trackName === CAMERA ? "video" : trackName;
    const usual = trackName === SCREEN_VIDEO ? "default-screen-video" : "default-video";
    const settings: DailySendSettings = {
      // One layer: what a limit of the whole track means for several is not documented.
      [key]:
        maxBitrate === undefined ? usual : { maxQuality: "low", encodings: { low: { maxBitrate, maxFramerate: fps } } },
    };
    await this.#call.updateSendSettings(settings);
    if (maxBitrate !== undefined) this.#limited.add(trackName);
  }

  #shareScreen(mediaStream: MediaStream): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = this.#call;
      const end = (error?: DriverError): void => {
        clearTimeout(timer);
        call.off("local-screen-share-started", started).off("local-screen-share-canceled", canceled);
        if (error) reject(error);
        else resolve();
      };
      const started = (): void => {
        end();
      };
      const canceled = (): void => {
        end(new DriverError("trackFailed", "daily-js did not share the screen."));
      };
      const timer = setTimeout(canceled, SCREEN_DEADLINE_MS);
      call.on("local-screen-share-started", started).on("local-screen-share-canceled", canceled);
      call.startScreenShare({ mediaStream });
    });
  }
}
