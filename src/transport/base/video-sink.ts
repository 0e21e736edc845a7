import type { OutputImageRawFrame } from "../../frames/index.ts";

/** How pictures are to be on the wire. */
export interface VideoFormat {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Pictures per second. */
  readonly fps: number;
}

/**
 * Where pictures go. They arrive in the size and layout that their producers gave them. Scaling them to the
 * {@link VideoFormat} that the sink was opened with is the sink's task: it knows what its encoder takes, and can scale off
 * the event loop.
 */
export interface VideoSink {
  /**
   * Shows the image now. Never waits. Returns false when it could not be taken. Frames share the image: do not write into
   * it.
   *
   * @throws Whatever the sink's transport throws; the picture then counts as not taken.
   */
  write(image: OutputImageRawFrame): boolean;
  /** Closes the way to the viewer. Idempotent. */
  close(): void | Promise<void>;
}
