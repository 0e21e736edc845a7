import type { ListAnswer, UnreadableEntry } from "./read-answer.ts";

/** The most pages that are requested, so that a server that always returns new entries is not asked forever. */
export const MAX_PAGES = 100;

/**
 * A list of the account's resources. `for await (const one of listing)` requests page after page as it proceeds;
 * `await listing` (or `toArray()`) collects all entries, from at most 100 pages. Nothing is requested before that.
 * Entries that cannot be read are left out with a warning.
 *
 * @throws TavusBadResponseError for a list without any readable entry.
 */
export class Listing<T> implements AsyncIterable<T>, Promise<T[]> {
  readonly [Symbol.toStringTag] = "Listing";
  readonly #entries: () => AsyncGenerator<T, void, undefined>;
  #all: Promise<T[]> | undefined;

  /** `entries` starts a new pass over the list. */
  constructor(entries: () => AsyncGenerator<T, void, undefined>) {
    this.#entries = entries;
  }

  /** Requests page after page. Every call starts from the first page. */
  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return this.#entries();
  }

  /** Collects all entries. The pages are requested once, however often this is called. */
  toArray(): Promise<T[]> {
    return (this.#all ??= this.#collect());
  }

  /** Makes `await listing` work: the same as `toArray().then(…)`. */
  then<A = T[], B = never>(
    onFulfilled?: ((entries: T[]) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.toArray().then(onFulfilled, onRejected);
  }

  /** The same as `toArray().catch(…)`. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T[] | B> {
    return this.toArray().catch(onRejected);
  }

  /** The same as `toArray().finally(…)`. */
  finally(onFinally?: (() => void) | null): Promise<T[]> {
    return this.toArray().finally(onFinally);
  }

  async #collect(): Promise<T[]> {
    const all: T[] = [];
    for await (const entry of this) all.push(entry);
    return all;
  }
}

/** What `readPages` needs to read a list. */
export interface PageSource<T> {
  /** Requests a page. Undefined sends no page number, which means the first page on every endpoint. */
  readonly page: (number: number | undefined) => Promise<ListAnswer<T>>;
  readonly getId: (entry: T) => string;
  /** Filters the entries. Default: all. */
  readonly keep: ((entry: T) => boolean) | undefined;
  /** Called when the list has more than {@link MAX_PAGES} pages. */
  readonly onCutOff: () => void;
  /** Called with the entries of a page that cannot be read. Each entry is passed once. */
  readonly onUnreadable: (entries: readonly UnreadableEntry[]) => void;
}

/**
 * Reads each entry of all pages once. The server may count pages from 0 or from 1, may send no total and may ignore
 * pages. Throws when the first page has entries and none can be read, because an empty list would mean that there are
 * none.
 */
export async function* readPages<T>({
  page,
  getId,
  keep = () => true,
  onCutOff,
  onUnreadable,
}: PageSource<T>): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  const isNew = (key: string): boolean => !seen.has(key) && Boolean(seen.add(key));
  const take = (answer: ListAnswer<T>): { readonly fresh: readonly T[]; readonly isEmpty: boolean } => {
    const fresh = answer.entries.filter((entry) => isNew(`id ${getId(entry)}`));
    const unreadable = answer.unreadable.filter(({ text }) => isNew(`unreadable ${text}`));
    if (unreadable.length > 0) onUnreadable(unreadable);
    return { fresh, isEmpty: fresh.length === 0 && unreadable.length === 0 };
  };
  let answer = await page(undefined);
  if (answer.entries.length === 0 && answer.unreadable.length > 0) throw answer.error();
  yield* take(answer).fresh.filter(keep);
  // Page 1 is either the page just read or the one after it.
  let number = (answer.page ?? 0) + 1;
  for (let asked = 1; hasEntries(answer) && seen.size < (answer.totalCount ?? Infinity); asked++, number++) {
    if (asked === MAX_PAGES) {
      onCutOff();
      return;
    }
    answer = await page(number);
    const { fresh, isEmpty } = take(answer);
    // A server that ignores pages sends the first one forever.
    if (isEmpty && number > 1) return;
    yield* fresh.filter(keep);
  }
}

function hasEntries({ entries, unreadable }: ListAnswer<unknown>): boolean {
  return entries.length + unreadable.length > 0;
}
