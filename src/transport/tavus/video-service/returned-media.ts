import { measurePeak } from "../../../audio/index.ts";
import { PcmPartial } from "../../../audio/pcm-partial.ts";
import type { Clock } from "../../../util/clock.ts";
import { asError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";
import { toLogText } from "../../../util/url-text.ts";
import {
  CAMERA,
  type CapturedAudio,
  type CapturedVideo,
  type DailyCall,
  MICROPHONE,
  type VideoCapture,
} from "../../daily/daily-call.ts";
import type { ReturnedBlock } from "./returned-voice.ts";
import type { ReturnedVideoOptions } from "./video-service-options.ts";

const BLOCK_MS = 20;
/** Shorter than the interval of any camera. */
const AT_LEAST_APART_MS = 10;
/** Louder than this is sound. Digital silence, also through a codec, stays far below. */
const SOUND_PEAK = 150;

/** What has returned from the pal's microphone. */
export interface ReturnedAudio extends ReturnedBlock {
  readonly pcm: Int16Array;
}

type Capture = Pick<VideoCapture, "close">;

export interface ReturnedMediaOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** In Hz. */
  readonly sampleRate: number;
  readonly video: ReturnedVideoOptions;
  readonly onAudio: (audio: ReturnedAudio) => void;
  readonly onImage: (image: CapturedVideo, capturedAtMs: number) => void;
  readonly onError: (error: Error) => void;
}

/** The pal's microphone and camera, with the times of their capture from one clock. */
export class ReturnedMedia {
  readonly #options: ReturnedMediaOptions;
  readonly #partial: PcmPartial;
  /** What is captured; of an older one nothing counts any more. */
  #captures: Capture[] | undefined;

  constructor(options: ReturnedMediaOptions) {
    this.#options = options;
    this.#partial = new PcmPartial((options.sampleRate * BLOCK_MS) / 1000);
  }

  /** Captures this participant, and nobody else any more. */
  open(call: DailyCall, sessionId: string): void {
    this.close();
    const captures: Capture[] = [];
    this.#captures = captures;
    const { sampleRate, video, clock } = this.#options;
    const isCurrent = (): boolean => this.#captures === captures;
    const keep = (opening: Promise<Capture>): void =>
      this.#keep(captures, opening, () => call.participants().has(sessionId));
    const onAudio = (audio: CapturedAudio): void => {
      if (isCurrent()) this.#heard(audio);
    };
    keep(call.captureAudio(sessionId, MICROPHONE, { sampleRate }, onAudio));
    if (!video.enabled) return;
    const { fps = 0, maxWidth } = video;
    let camera: VideoCapture | undefined;
    const onVideo = (image: CapturedVideo): void => {
      if (!isCurrent()) return;
      // At the rate of the source, without the wait that a rate of our own would add.
      if (fps === 0) clock.setTimeout(() => camera?.requestFrame(), AT_LEAST_APART_MS);
      this.#options.onImage(image, clock.nowMs());
    };
    const opening = call.captureVideo(sessionId, CAMERA, { fps, maxWidth, format: "I420" }, onVideo);
    keep(opening);
    opening.then(
      (opened) => {
        camera = opened;
        if (fps === 0) opened.requestFrame();
      },
      () => undefined,
    );
  }

  /** Ends the captures. Idempotent. */
  close(): void {
    const captures = this.#captures ?? [];
    this.#captures = undefined;
    this.#partial.clear();
    for (const capture of captures) capture.close();
  }

  #keep(captures: Capture[], opening: Promise<Capture>, isThere: () => boolean): void {
    const isCurrent = (): boolean => this.#captures === captures;
    opening.then(
      (opened) => {
        if (isCurrent()) captures.push(opened);
        else opened.close();
      },
      (thrown: unknown) => {
        // A pal that has left in the meantime cannot be captured, and need not be.
        if (isCurrent() && isThere()) this.#options.onError(asError(thrown));
        else this.#options.logger.debug("A capture of the pal failed.", { error: toLogText(thrown) });
      },
    );
  }

  #heard({ pcm, sampleRate }: CapturedAudio): void {
    const { onAudio, clock } = this.#options;
    const endMs = clock.nowMs();
    let leftMs = ((this.#partial.length + pcm.length) * 1000) / sampleRate;
    this.#partial.add(pcm, (block) => {
      const soundFromMs = findSoundMs(block, sampleRate);
      onAudio({ pcm: block, startMs: endMs - leftMs, durationMs: BLOCK_MS, soundFromMs });
      leftMs -= BLOCK_MS;
    });
  }
}

/** Where sound begins; undefined in a quiet block. */
function findSoundMs(pcm: Int16Array, sampleRate: number): number | undefined {
  if (measurePeak(pcm) <= SOUND_PEAK) return undefined;
  return (pcm.findIndex((sample) => Math.abs(sample) > SOUND_PEAK) * 1000) / sampleRate;
}
