import type { ListAnswer, UnreadableEntry } from "./read-answer.ts";

/** More than this is not asked for: a server that always finds something new must not be asked for ever. */
export const MAX_PAGES = 100;

/**
 * A list of the account's resources. `for await (const one of listing)` asks for page after page as it goes;
 * `await listing` (or `toArray()`) gives all of them. Nothing is asked for before one of the two. Entries that cannot be
 * read are left out, with a warning; a list of which nothing can be read is a TavusBadResponseError.
 */
export class Listing<T> implements AsyncIterable<T>, Promise<T[]> {
  readonly [Symbol.toStringTag] = "Listing";
  readonly #entries: () => AsyncGenerator<T, void, undefined>;
  #all: Promise<T[]> | undefined;

  constructor(entries: () => AsyncGenerator<T, void, undefined>) {
    this.#entries = entries;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return this.#entries();
  }

  /** All entries; asked for once, however often this is called. */
  toArray(): Promise<T[]> {
    return (this.#all ??= this.#collect());
  }

  then<A = T[], B = never>(
    onFulfilled?: ((entries: T[]) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.toArray().then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T[] | B> {
    return this.toArray().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T[]> {
    return this.toArray().finally(onFinally);
  }

  async #collect(): Promise<T[]> {
    const all: T[] = [];
    for await (const entry of this) all.push(entry);
    return all;
  }
}

export interface PageSource<T> {
  /** One page; undefined: without naming one, which everywhere is the first. */
  readonly page: (number: number | undefined) => Promise<ListAnswer<T>>;
  readonly getId: (entry: T) => string;
  /** Which entries to give; default all. */
  readonly keep: ((entry: T) => boolean) | undefined;
  /** Called when there would have been more than {@link MAX_PAGES} pages. */
  readonly onCutOff: () => void;
  /** Called with the entries of a page that cannot be read, each once. */
  readonly onUnreadable: (entries: readonly UnreadableEntry[]) => void;
}

/**
 * Each entry once, from all pages, at a server that may count from 0 or from 1, may not say how many, may ignore pages.
 * Throws when the first page has entries and none of them can be read: an empty list would say that there are none.
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
  // Page 1 is either what has just come, or what comes after it.
  let number = (answer.page ?? 0) + 1;
  for (let asked = 1; hasEntries(answer) && seen.size < (answer.totalCount ?? Infinity); asked++, number++) {
    if (asked === MAX_PAGES) {
      onCutOff();
      return;
    }
    answer = await page(number);
    const { fresh, isEmpty } = take(answer);
    // A server that knows no pages sends the first one for ever.
    if (isEmpty && number > 1) return;
    yield* fresh.filter(keep);
  }
}

function hasEntries({ entries, unreadable }: ListAnswer<unknown>): boolean {
  return entries.length + unreadable.length > 0;
}
