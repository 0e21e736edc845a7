/** Direction in which a frame travels: towards the output ("downstream") or back towards the input ("upstream"). */
export type FrameDirection = "downstream" | "upstream";

/**
 * How processors queue a frame. System frames have their own lane, and interruptions never drop them. Data and control
 * frames share one ordered lane; an interruption drops those in it that are not uninterruptible.
 */
export type FrameCategory = "system" | "data" | "control";

let lastId = 0;

function nextId(): number {
  return ++lastId;
}

/**
 * Base class of everything that flows through a pipeline. Extend {@link SystemFrame}, {@link DataFrame} or {@link
 * ControlFrame}.
 */
export abstract class Frame {
  /** Name of the class. Every class declares it as a literal, so that a switch over it can be exhaustive. */
  abstract readonly kind: string;
  /** How processors queue the frame. */
  abstract readonly category: FrameCategory;
  /**
   * Whether the frame survives an interruption while it is queued or handled. Default false; only ordered frames need
   * it. Frames that an output transport has released are uninterruptible, except audio.
   */
  readonly uninterruptible: boolean = false;
  /** Duration of the frame's audio in milliseconds; 0 for other frames. Queue bounds count it. */
  readonly durationMs: number = 0;
  /** Unique in the process; increases with every frame constructed. */
  readonly id: number = nextId();
  /**
   * When to present the frame, in milliseconds on the pipeline's clock. Undefined: as soon as it is next in the queue.
   */
  ptsMs: number | undefined = undefined;
  /** Track that the frame was captured from, such as "microphone". */
  transportSource: string | undefined = undefined;
  /** Output track for the frame. Undefined: the transport's default track. */
  transportDestination: string | undefined = undefined;
  /**
   * Number that the output transport gives to frames in the order in which it releases them. On an InterruptionFrame,
   * the number of the last frame released before it: processors behind the output know which frames they still receive.
   */
  playoutIndex: number | undefined = undefined;
  /** For a broadcast frame, the id of its twin that travels in the other direction. */
  broadcastSiblingId: number | undefined = undefined;
  /** Not `#private`: {@link copy} makes frames without calling their constructor. */
  private ownMetadata: Record<string, unknown> | undefined = undefined;

  /** Kind and id, for log lines. */
  get name(): string {
    return `${this.kind}#${this.id}`;
  }

  /** Data of the application. Created on first use, because most frames have none. */
  get metadata(): Record<string, unknown> {
    return (this.ownMetadata ??= {});
  }

  /**
   * Called by the output transport when it releases the frame: it was heard or sent, and an interruption cannot undo
   * that.
   */
  markReleased(playoutIndex: number): void {
    this.playoutIndex = playoutIndex;
    (this as { uninterruptible: boolean }).uninterruptible = true;
  }

  /**
   * Returns a frame of the same class with the same fields, times, metadata and destination, but a new id and no
   * sibling. Audio, images and messages are shared, not copied. A frame class must not have `#private` fields: `copy`
   * does not call constructors.
   */
  copy(): this {
    const copy = Object.create(Object.getPrototypeOf(this) as object) as this;
    return Object.assign(copy, this, {
      id: nextId(),
      broadcastSiblingId: undefined,
      ownMetadata: this.ownMetadata && { ...this.ownMetadata },
    });
  }
}

/** Makes a frame survive interruptions and returns it. Call it before the frame is pushed. */
export function makeUninterruptible<F extends Frame>(frame: F): F {
  (frame as { uninterruptible: boolean }).uninterruptible = true;
  return frame;
}

/** Base class of frames that overtake queued data and survive interruptions. */
export abstract class SystemFrame extends Frame {
  readonly category = "system";
}

/** Base class of ordered content, such as output audio, text and images. */
export abstract class DataFrame extends Frame {
  readonly category = "data";
}

/** Base class of ordered marks between data frames. */
export abstract class ControlFrame extends Frame {
  readonly category = "control";
}
