/** What to do wrong. Without `status`, `body`, `garbage`, `wrongShape` and `reset` the answer itself is the right one. */
export interface Fault {
  /** Only requests to a path (without `/v2`) that begins with this text or matches. Default: any. */
  readonly path?: string | RegExp | undefined;
  /** Only requests with this method. Default: any. */
  readonly method?: string | undefined;
  /** How many requests it hits. Default 1, or without end when there is a probability. */
  readonly times?: number | undefined;
  /** Hits a request that fits with this probability, 0 to 1. Default 1. */
  readonly probability?: number | undefined;
  /** Wait this long before answering. Default 0. */
  readonly delayMs?: number | undefined;
  /** Answer with this status. Default 200 when `body` is given. */
  readonly status?: number | undefined;
  /** Answer with this: a string as it is (as HTML), anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Answer with JSON that is cut off. */
  readonly garbage?: boolean | undefined;
  /** Answer with JSON that is whole but nothing like what is documented. */
  readonly wrongShape?: boolean | undefined;
  /** Reset the connection instead of answering. */
  readonly reset?: boolean | undefined;
  /** Carry the request out first: only its answer is slow, wrong or lost. Default false. */
  readonly afterHandling?: boolean | undefined;
}

export interface ArmedFault {
  readonly fault: Fault;
  /** How many requests it will still hit; may be infinite. */
  readonly left: number;
}

/**
 * Faults on demand: each hits the next requests that fit it, in the order they were asked for. Chance is drawn from a
 * seed, so that a run can be repeated.
 */
export class Faults {
  readonly #random: () => number;
  #pending: (ArmedFault & { left: number })[] = [];

  constructor(seed = 1) {
    this.#random = seededRandom(seed);
  }

  next(fault: Fault): void {
    this.#pending.push({ fault, left: fault.times ?? (fault.probability === undefined ? 1 : Infinity) });
  }

  clear(): void {
    this.#pending = [];
  }

  /** What waits for requests, in the order it was asked for. */
  get armed(): readonly ArmedFault[] {
    return this.#pending;
  }

  /** How many requests are still to be hit; infinite while a fault hits by probability without end. */
  get pending(): number {
    return this.#pending.reduce((sum, { left }) => sum + left, 0);
  }

  /** The fault for this request, if one fits and chance has it so; it is used up. */
  take(method: string, path: string): Fault | undefined {
    const hit = this.#pending.find(
      ({ fault }) =>
        fits(fault, method, path) && (fault.probability === undefined || this.#random() < fault.probability),
    );
    if (hit === undefined) return undefined;
    hit.left--;
    if (hit.left <= 0) this.#pending = this.#pending.filter((entry) => entry !== hit);
    return hit.fault;
  }
}

/** Numbers from 0 to 1 (Mulberry32): the same for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function fits(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  return typeof fault.path === "string" ? path.startsWith(fault.path) : path.search(fault.path) >= 0;
}
