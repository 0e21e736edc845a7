/**
 * Something that several owners use and the first of them makes: a connection that the input and the output share. The
 * last owner to let go tears it down; after that it can be made anew.
 */
export class SharedResource<T> {
  readonly #build: () => Promise<T>;
  readonly #tearDown: (value: T) => Promise<void>;
  readonly #owners = new Set<object>();
  #value: Promise<T> | undefined;
  #tearingDown: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  /**
   * `build` is called for the first owner, `tearDown` for the last; see to it that both end in bounded time. A build that
   * has failed is never tried again.
   */
  constructor(build: () => Promise<T>, tearDown: (value: T) => Promise<void>) {
    this.#build = build;
    this.#tearDown = tearDown;
  }

  /** How many owners have it, or wait for it. */
  get owners(): number {
    return this.#owners.size;
  }

  /**
   * The resource, built if this is the first owner; other owners wait for the same build. An owner counts once, however
   * often it asks. Rejects with what the build threw, now and for ever; a failed owner need not release.
   */
  async acquire(owner: object): Promise<T> {
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }
    this.#owners.add(owner);
    this.#value ??= this.#buildNext();
    return this.#value;
  }

  /**
   * The owner needs it no more. For the last one it resolves when the resource is torn down, and rejects if that failed;
   * for the others, and for one that holds nothing, at once.
   */
  async release(owner: object): Promise<void> {
    if (!this.#owners.delete(owner) || this.#owners.size > 0 || this.#value === undefined) {
      return;
    }
    const value = this.#value;
    this.#value = undefined;
    // A build still under way is torn down when it is done; one that fails has nothing to tear down.
    const done = value.then(
      (built) => this.#tearDown(built),
      () => undefined,
    );
    this.#tearingDown = done.catch(() => undefined);
    await done;
  }

  async #buildNext(): Promise<T> {
    await this.#tearingDown;
    // An owner that has let go since may have left a build behind that failed.
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }
    try {
      return await this.#build();
    } catch (thrown) {
      this.#failure = { error: thrown };
      this.#owners.clear();
      throw thrown;
    }
  }
}
