/** Which way a frame travels: towards the output ("downstream") or back towards the input ("upstream"). */
export type FrameDirection = "downstream" | "upstream";

/**
 * How a frame is queued. System frames have their own lane and are never dropped by an interruption; data and control
 * frames share one ordered lane, and an interruption drops those that wait in it unless they are uninterruptible.
 */
export type FrameCategory = "system" | "data" | "control";

let lastId = 0;

function nextId(): number {
  return ++lastId;
}

/** What flows through a pipeline. Extend one of the families {@link SystemFrame}, {@link DataFrame}, {@link ControlFrame}. */
export abstract class Frame {
  /** The name of the class; a literal in every class, so that a switch over it can be exhaustive. */
  abstract readonly kind: string;
  abstract readonly category: FrameCategory;
  /**
   * Whether it survives an interruption, queued or being handled. Default false; only ordered frames need it. True for all
   * that an output transport has released, audio aside.
   */
  readonly uninterruptible: boolean = false;
  /** Media time that the frame carries, in milliseconds; 0 for all that is not audio. Queue bounds count it. */
  readonly durationMs: number = 0;
  /** Unique in the process, increasing with construction. */
  readonly id: number = nextId();
  /** When to present it, in milliseconds on the pipeline's clock; undefined means as soon as its turn comes. */
  ptsMs: number | undefined = undefined;
  /** The track it came from, such as "microphone". */
  transportSource: string | undefined = undefined;
  /** The output track it is meant for; undefined is the transport's default. */
  transportDestination: string | undefined = undefined;
  /**
   * Set by the output transport, in the order in which it releases frames as they are heard. On an InterruptionFrame: of
   * the last frame that was released before it, so that others know what is still on its way to them.
   */
  playoutIndex: number | undefined = undefined;
  /** Id of the twin that travels the other way, when the frame was broadcast. */
  broadcastSiblingId: number | undefined = undefined;
  /** Not `#private`: {@link copy} makes frames without calling their constructor. */
  private ownMetadata: Record<string, unknown> | undefined = undefined;

  /** For log lines: kind and id. */
  get name(): string {
    return `${this.kind}#${this.id}`;
  }

  /** Free room for applications; made on first use, since most frames have none. */
  get metadata(): Record<string, unknown> {
    return (this.ownMetadata ??= {});
  }

  /** The output transport has released it: it was heard or sent, and no interruption undoes that. */
  markReleased(playoutIndex: number): void {
    this.playoutIndex = playoutIndex;
    (this as { uninterruptible: boolean }).uninterruptible = true;
  }

  /**
   * A frame of the same class with the same fields, times, metadata and destination, but an id of its own and no sibling.
   * Audio, images and messages are shared, not copied. Frame classes must not have `#private` fields for this to work.
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

/** Marks a frame that nobody has been given yet as one that survives interruptions; returns the same frame. */
export function makeUninterruptible<F extends Frame>(frame: F): F {
  (frame as { uninterruptible: boolean }).uninterruptible = true;
  return frame;
}

/** Overtakes queued data, survives interruptions. */
export abstract class SystemFrame extends Frame {
  readonly category = "system";
}

/** Ordered content: audio out, text, images. */
export abstract class DataFrame extends Frame {
  readonly category = "data";
}

/** Ordered marks between data frames. */
export abstract class ControlFrame extends Frame {
  readonly category = "control";
}
