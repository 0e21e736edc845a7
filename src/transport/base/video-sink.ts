import type { OutputImageRawFrame } from "../../frames/index.ts";

/** How pictures are wanted on the wire. */
export interface VideoFormat {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Pictures a second. */
  readonly fps: number;
}

/**
 * Where pictures go. They come in the size and layout their makers gave them: fitting them to the {@link VideoFormat} the
 * sink was opened with is the sink's business, since it knows what its encoder takes and can do it off the event loop.
 */
export interface VideoSink {
  /** Shows it now. Never waits; false when it could not be taken. Frames share the image: do not write into it. */
  write(image: OutputImageRawFrame): boolean;
  /** Idempotent. */
  close(): void | Promise<void>;
}
