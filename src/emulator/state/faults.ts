import type { EmulatedApi } from "./request-log.ts";

import { creationFault, type CreationFailure } from "./creation-failure.ts";

/** A fault to inject. Without `status`, `body`, `garbage`, `wrongShape`, `reset` and `hang` the answer itself is correct. */
export interface Fault {
  /** Only requests to this API. Default: with a `path`, the one that has it; else Tavus'. */
  readonly api?: EmulatedApi | undefined;
  /** Only requests to a path (without `/v2`, at Daily `/v1`) that begins with this text or matches. Default: any. */
  readonly path?: string | RegExp | undefined;
  /** Only requests with this method. Default: any. */
  readonly method?: string | undefined;
  /** How many requests it hits. Default 1, or unlimited with a `probability`. */
  readonly times?: number | undefined;
  /** Hits a matching request with this probability, 0 to 1. Default 1. */
  readonly probability?: number | undefined;
  /** Wait this long before answering. Default 0. */
  readonly delayMs?: number | undefined;
  /** Answer with this status. Default 200 when `body` is given. */
  readonly status?: number | undefined;
  /** Answer with this body: a string unchanged (as HTML), anything else as JSON. */
  readonly body?: unknown;
  /** Headers of the injected answer, besides its content type. Ignored when the fault injects no answer. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Answer with truncated JSON. */
  readonly garbage?: boolean | undefined;
  /** Answer with valid JSON that does not resemble the documented answer. */
  readonly wrongShape?: boolean | undefined;
  /** Reset the connection instead of answering. */
  readonly reset?: boolean | undefined;
  /** Never answer: the request ends when the client gives up. */
  readonly hang?: boolean | undefined;
  /** Carry the request out first: only its answer is slow, wrong or lost. Default false. */
  readonly afterHandling?: boolean | undefined;
}

/** A fault that has requests left to hit. */
export interface ArmedFault {
  /** The fault as it was queued. */
  readonly fault: Fault;
  /** How many more requests it will hit; may be infinite. */
  readonly left: number;
}

/**
 * Faults on demand: each hits the next matching requests, in the order the faults were added. Chance is drawn from a
 * seed, so that a run can be repeated.
 */
export class Faults {
  readonly #random: () => number;
  #pending: (ArmedFault & { left: number })[] = [];

  /** @internal */
  constructor(seed = 1) {
    this.#random = seededRandom(seed);
  }

  /** Queues a fault for the next matching requests. */
  next(fault: Fault): void {
    this.#pending.push({ fault, left: fault.times ?? (fault.probability === undefined ? 1 : Infinity) });
  }

  /** Has the next requests to create a conversation fail in a known way. Default: all of them, until {@link Faults.clear}. */
  failCreation(failure: CreationFailure, times = Infinity): void {
    this.next({ path: /^\/conversations\/?$/, method: "POST", times, ...creationFault(failure) });
  }

  /** Drops all queued faults. */
  clear(): void {
    this.#pending = [];
  }

  /** The queued faults that have requests left to hit, oldest first. */
  get armed(): readonly ArmedFault[] {
    return this.#pending;
  }

  /** How many requests are yet to be hit; infinite while an unlimited fault is queued. */
  get pending(): number {
    return this.#pending.reduce((sum, { left }) => sum + left, 0);
  }

  /** Takes the fault for this request, if one matches and chance selects it. @internal */
  take(api: EmulatedApi, method: string, path: string): Fault | undefined {
    const hit = this.#pending.find(
      ({ fault }) =>
        fits(fault, api, method, path) && (fault.probability === undefined || this.#random() < fault.probability),
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

function fits(fault: Fault, api: EmulatedApi, method: string, path: string): boolean {
  if (api !== (fault.api ?? (fault.path === undefined ? "tavus" : api))) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  return typeof fault.path === "string" ? path.startsWith(fault.path) : path.search(fault.path) >= 0;
}
