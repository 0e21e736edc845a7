import type { z } from "zod";

import type { Logger } from "../../util/logger.ts";
import type { CallOptions } from "./call-options.ts";
import { TavusStatusError } from "../errors.ts";
import { Listing, readPages, MAX_PAGES } from "./listing.ts";
import type { ApiHttp, HttpAnswer } from "./http.ts";
import type { UpdateResult } from "./json-patch.ts";
import { isRecord, toSnakeCase, toWireNames, type WireNames } from "../names.ts";
import { readList, readWith, type ListAnswer, type Resource, type UnreadableEntry } from "./read-answer.ts";

type Json = Readonly<Record<string, unknown>>;
type Texts = Readonly<Record<string, string | undefined>>;

/** How to request and read a list. */
export interface ListRequest<T> extends CallOptions {
  /** The query in camelCase. Undefined values are left out. */
  readonly filters?: Json | undefined;
  readonly getId: (entry: T) => string;
  /** Filters the entries. Default: all. */
  readonly keep?: ((entry: T) => boolean) | undefined;
  /** Supplies fields that an entry omits and that follow from its other fields. */
  readonly fallbacks?: ((entry: Json) => Texts) | undefined;
}

const PAGE_SIZE = 100;

/** What all resources share: how they are requested and how the answers are read. */
export class ResourceClient {
  readonly http: ApiHttp;
  readonly wireNames: WireNames;
  readonly #logger: Logger;

  constructor(http: ApiHttp, wireNames: WireNames, logger: Logger) {
    this.http = http;
    this.wireNames = wireNames;
    this.#logger = logger;
  }

  /** Converts options to the body of a request: in snake_case, under the wire names, with `extra` merged last. */
  toBody(options: object, names: WireNames = this.wireNames): Json {
    const { extra, ...fields } = options as { readonly extra?: unknown };
    return { ...toWireNames(toSnakeCase(fields) as Json, names), ...(isRecord(extra) ? extra : {}) };
  }

  async get<T extends object>(
    schema: z.ZodType<T>,
    path: string,
    fallbacks: Texts,
    call: CallOptions,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Resource<T>> {
    const { text } = await this.http.send({
      method: "GET",
      path,
      query,
      retry: "repeatable",
      ...pickCallOptions(call),
    });
    return readWith(schema, text, `GET ${path}`, fallbacks);
  }

  list<T extends object>(schema: z.ZodType<T>, path: string, request: ListRequest<Resource<T>>): Listing<Resource<T>> {
    const { filters = {}, getId, keep, fallbacks = () => ({}) } = request;
    const wanted = Object.entries(this.toBody(filters)).map(([key, value]): [string, string] => [key, String(value)]);
    let limit: number | undefined = PAGE_SIZE;
    const page = async (number: number | undefined): Promise<ListAnswer<Resource<T>>> => {
      const query = {
        ...Object.fromEntries(wanted),
        ...(limit === undefined ? {} : { limit }),
        ...(number === undefined ? {} : { page: number }),
      };
      try {
        const { text } = await this.http.send({
          method: "GET",
          path,
          query,
          retry: "repeatable",
          ...pickCallOptions(request),
        });
        return readList(schema, text, `GET ${path}`, fallbacks);
      } catch (thrown) {
        // The maximum is documented for a few lists only; the others may allow less than this.
        if (limit === undefined || !isAboutLimit(thrown)) throw thrown;
        limit = undefined;
        return await page(number);
      }
    };
    const onCutOff = (): void => {
      this.#logger.warn("A list has more pages than the client reads; the rest is left out.", {
        path,
        pages: MAX_PAGES,
      });
    };
    const onUnreadable = (unreadable: readonly UnreadableEntry[]): void => {
      this.#warnOfUnreadable(path, unreadable);
    };
    return new Listing(() => readPages({ page, getId, keep, onCutOff, onUnreadable }));
  }

  /** Reads all resources of one answer. */
  readAll<T extends object>(schema: z.ZodType<T>, text: string, method: string, path: string): Resource<T>[] {
    const answer = readList(schema, text, `${method} ${path}`, () => ({}));
    if (answer.unreadable.length > 0) {
      if (answer.entries.length === 0) throw answer.error();
      this.#warnOfUnreadable(path, answer.unreadable);
    }
    return [...answer.entries];
  }

  /** Creates a resource. Conversations are created elsewhere, because they cost money by the minute. */
  async create<T extends object>(
    schema: z.ZodType<T>,
    path: string,
    body: Json,
    fallbacks: Texts,
    call: CallOptions,
  ): Promise<Resource<T>> {
    const { text } = await this.post(path, call, body);
    return readWith(schema, text, `POST ${path}`, fallbacks);
  }

  async post(path: string, call: CallOptions, body?: Json): Promise<HttpAnswer> {
    return await this.http.send({ method: "POST", path, body, retry: "once", ...pickCallOptions(call) });
  }

  /** Sends a request that has the same effect however often it is sent. */
  async put(path: string, call: CallOptions, body: Json): Promise<HttpAnswer> {
    return await this.http.send({ method: "PUT", path, body, retry: "repeatable", ...pickCallOptions(call) });
  }

  async patch(
    path: string,
    body: unknown,
    call: CallOptions,
    query: Readonly<Record<string, string>> = {},
  ): Promise<UpdateResult> {
    const { status, text } = await this.http.send({
      method: "PATCH",
      path,
      body,
      query,
      retry: "once",
      ...pickCallOptions(call),
    });
    // Tavus reports this by status 304, or by this text with status 200.
    return { changed: status !== 304 && !/^[^a-z]*(message[^a-z]*)?no changes were made/i.test(text) };
  }

  /** Deletes a resource. `hard` also erases its assets. */
  async delete(path: string, call: CallOptions, hard = false): Promise<HttpAnswer> {
    const query = hard ? { hard: "true" } : {};
    return await this.http.send({ method: "DELETE", path, query, retry: "repeatable", ...pickCallOptions(call) });
  }

  #warnOfUnreadable(path: string, unreadable: readonly UnreadableEntry[]): void {
    this.#logger.warn("Entries of a list cannot be read and are left out.", {
      path,
      entries: unreadable.length,
      field: unreadable[0]?.path,
    });
  }
}

function isAboutLimit(thrown: unknown): boolean {
  return (
    thrown instanceof TavusStatusError &&
    thrown.code === "invalidRequest" &&
    /\blimit\b/i.test(thrown.serverMessage ?? "")
  );
}

function pickCallOptions({ signal, timeoutMs }: CallOptions): CallOptions {
  return { signal, timeoutMs };
}
