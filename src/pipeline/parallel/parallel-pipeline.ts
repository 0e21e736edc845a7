import {
  CancelFrame,
  type Frame,
  type FrameDirection,
  InterruptionFrame,
  isLifecycleFrame,
  PipelineFlushFrame,
  PipelineFlushUrgentFrame,
  StartFrame,
} from "../../frames/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { CompoundProcessor } from "../compound-processor.ts";
import { DeliveryTally } from "./delivery-tally.ts";
import type { FrameProcessor, FrameProcessorOptions } from "../frame-processor.ts";
import { Inbox } from "../engine/inbox.ts";
import { InterruptionFence } from "./interruption-fence.ts";
import { Pipeline } from "../pipeline.ts";
import type { FrameReceiver, ProcessorStats } from "../processor-types.ts";

/** What decides, for one direction, which deliveries leave. */
interface Exit {
  readonly tally: DeliveryTally;
  readonly fence: InterruptionFence;
}

/**
 * Rows of processors side by side, as one processor. Every frame enters every branch, and leaves once however many
 * branches deliver it; within a branch the order is kept, between branches there is none.
 *
 * Start, End, Stop, Cancel and flush frames leave when the last branch has delivered them. Until the StartFrame has left,
 * what the faster branches push downstream is held back, within the processor's `limits`; it then follows the StartFrame.
 *
 * An interruption, an EndFrame or a StopFrame made inside one branch is given to the other branches too: it is meant for
 * the whole pipeline. An interruption leaves with the first branch, and nothing it invalidated follows from the others.
 */
export class ParallelPipeline extends CompoundProcessor {
  readonly #branches: readonly Pipeline[];
  readonly #exits: Readonly<Record<FrameDirection, Exit>>;
  /** Frames that leave with the last branch, each with the branches that have not delivered it yet. */
  #crossing = new WeakMap<Frame, Set<number>>();
  /** Interruptions and crossing frames that every branch has been given; others were made inside one. */
  readonly #shared = new WeakSet<Frame>();
  /** Frames that wait for the StartFrame to leave. */
  readonly #held: Inbox;
  #starting: StartFrame | undefined;
  #cancelled: Promise<void> | undefined;
  #droppedOverflow = 0;

  /**
   * Makes a processor of the branches, each a list of processors. An empty list is a wire.
   *
   * @throws InvalidOptionError when there is no branch, or a processor is in a pipeline already.
   */
  constructor(branches: readonly (readonly FrameProcessor[])[], options: FrameProcessorOptions = {}) {
    if (branches.length === 0) throw new InvalidOptionError("branches", "give at least one list of processors.");
    const pipelines = branches.map((processors) => new Pipeline(processors));
    super(pipelines, options);
    this.#branches = pipelines;
    this.#exits = { downstream: newExit(branches.length), upstream: newExit(branches.length) };
    this.#held = new Inbox(options.limits ?? {}, (frame, why) => {
      this.#overflowed(frame, why);
    });
    for (const [index, branch] of pipelines.entries()) {
      const end: FrameReceiver = {
        name: `${this.name}.branch${index + 1}`,
        queueFrame: (frame, direction = "downstream") => {
          this.#delivered(index, frame, direction);
        },
      };
      branch.link(end, end);
    }
  }

  /** Gives the frame to every branch. */
  override queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    if (frame instanceof CancelFrame) {
      void this.cancelNow(frame, direction);
      return;
    }
    if (leavesWithTheLast(frame)) {
      this.#crossing.set(frame, new Set(this.#branches.keys()));
      this.#shared.add(frame);
      if (frame instanceof StartFrame) this.#starting = frame;
    } else if (frame instanceof InterruptionFrame) {
      this.#shared.add(frame);
    }
    for (const branch of this.#branches) branch.queueFrame(frame, direction);
  }

  /** Counts what waits here for the StartFrame; the branches' processors have stats of their own. */
  override get stats(): ProcessorStats {
    const { system, ordered } = this.#held;
    return {
      ...super.stats,
      queuedSystemFrames: system.size,
      queuedOrderedFrames: ordered.size,
      queuedMediaMs: this.#held.durationMs,
      droppedOverflow: this.#droppedOverflow,
    };
  }

  /** @internal */
  override cancelNow(frame: CancelFrame, direction: FrameDirection = "downstream"): Promise<void> {
    if (this.#cancelled === undefined) {
      this.#starting = undefined;
      this.#held.clear();
      this.#crossing = new WeakMap();
      this.#crossing.set(frame, new Set(this.#branches.keys()));
      this.#shared.add(frame);
      this.#cancelled = super.cancelNow(frame, direction);
    }
    return this.#cancelled;
  }

  #delivered(branch: number, frame: Frame, direction: FrameDirection): void {
    const { tally, fence } = this.#exits[direction];
    if (leavesWithTheLast(frame)) {
      this.#crossed(branch, frame, direction);
    } else if (fence.blocks(frame, branch, () => this.clock.nowMs())) {
      return;
    } else if (frame instanceof InterruptionFrame) {
      fence.lower(frame, branch);
      if (tally.claimDelivery(frame, branch)) this.#interrupted(branch, frame, direction);
    } else if (tally.claimDelivery(frame, branch)) {
      this.#leave(frame, direction);
    }
  }

  #crossed(branch: number, frame: Frame, direction: FrameDirection): void {
    if (direction === "downstream" && !this.#shared.has(frame)) this.#share(branch, frame);
    const missing = this.#crossing.get(frame);
    missing?.delete(branch);
    if (missing === undefined || missing.size === 0) {
      this.#crossing.delete(frame);
      this.#leave(frame, direction);
    }
  }

  #interrupted(branch: number, frame: InterruptionFrame, direction: FrameDirection): void {
    const made = !this.#shared.has(frame);
    // Its twin, which travels upstream, needs no sharing: one interruption is enough.
    if (!made || direction === "downstream")
      this.#exits[direction].fence.raise(frame, this.#othersThan(branch), this.clock.nowMs());
    this.#leave(frame, direction);
    if (made && direction === "downstream") this.#share(branch, frame);
  }

  /** Gives the other branches a frame that was made inside this one. */
  #share(maker: number, frame: Frame): void {
    this.#shared.add(frame);
    const others = this.#othersThan(maker);
    if (leavesWithTheLast(frame)) this.#crossing.set(frame, new Set([maker, ...others]));
    for (const other of others) this.#branches[other]?.queueFrame(frame, "downstream");
  }

  #othersThan(branch: number): number[] {
    return [...this.#branches.keys()].filter((other) => other !== branch);
  }

  #leave(frame: Frame, direction: FrameDirection): void {
    if (this.#starting === undefined || direction === "upstream" || frame instanceof CancelFrame) {
      this.push(frame, direction);
    } else if (frame === this.#starting) {
      this.push(frame, direction);
      this.#release();
    } else {
      if (frame instanceof InterruptionFrame) this.#held.dropInterruptible();
      this.#held.add(frame, direction);
    }
  }

  #release(): void {
    const { system, ordered } = this.#held;
    // What leaves meanwhile still queues behind: the StartFrame may set off frames that cross an empty branch at once.
    for (let frame = system.shift() ?? ordered.shift(); frame !== undefined; frame = system.shift() ?? ordered.shift())
      this.push(frame, "downstream");
    this.#starting = undefined;
  }

  #overflowed(frame: Frame, why: string): void {
    this.#droppedOverflow++;
    if (this.#droppedOverflow === 1) {
      const what = `${this.name} dropped a ${frame.kind}: ${why} for the StartFrame to cross its slowest branch.`;
      this.logger.warn(`${what} Later drops are only counted.`);
    }
  }
}

/** Whether the frame leaves with the last branch. A flush does: it means that all before it are through, in every branch. */
function leavesWithTheLast(frame: Frame): boolean {
  return (
    (frame.category === "system" || frame.uninterruptible) &&
    (isLifecycleFrame(frame) || frame instanceof PipelineFlushFrame || frame instanceof PipelineFlushUrgentFrame)
  );
}

function newExit(branchCount: number): Exit {
  return { tally: new DeliveryTally(branchCount), fence: new InterruptionFence() };
}
