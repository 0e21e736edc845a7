/** What to do wrong. Without `status`, `body`, `garbage` and `reset` the answer itself is the right one. */
export interface Fault {
  /** Only requests to a path (without `/v2`) that begins with this text or matches. Default: any. */
  readonly path?: string | RegExp | undefined;
  /** Only requests with this method. Default: any. */
  readonly method?: string | undefined;
  /** How many requests it hits. Default 1. */
  readonly times?: number | undefined;
  /** Wait this long before answering. Default 0. */
  readonly delayMs?: number | undefined;
  /** Answer with this status. Default 200 when `body` is given. */
  readonly status?: number | undefined;
  /** Answer with this: a string as it is (as HTML), anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Answer with JSON that is cut off. */
  readonly garbage?: boolean | undefined;
  /** Reset the connection instead of answering. */
  readonly reset?: boolean | undefined;
  /** Carry the request out first: only its answer is slow, wrong or lost. Default false. */
  readonly afterHandling?: boolean | undefined;
}

/** Faults on demand: each hits the next requests that fit it, in the order they were asked for. */
export class Faults {
  #pending: { readonly fault: Fault; left: number }[] = [];

  next(fault: Fault): void {
    this.#pending.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#pending = [];
  }

  /** How many requests are still to be hit. */
  get pending(): number {
    return this.#pending.reduce((sum, { left }) => sum + left, 0);
  }

  /** The fault for this request, if one fits; it is used up. */
  take(method: string, path: string): Fault | undefined {
    const hit = this.#pending.find(({ fault }) => fits(fault, method, path));
    if (hit === undefined) return undefined;
    hit.left--;
    if (hit.left <= 0) this.#pending = this.#pending.filter((entry) => entry !== hit);
    return hit.fault;
  }
}

function fits(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  return typeof fault.path === "string" ? path.startsWith(fault.path) : path.search(fault.path) >= 0;
}
