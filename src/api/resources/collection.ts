import type { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import { checkOptions, type Fields, toPathSegment } from "../http/fields.ts";
import type { Listing } from "../http/listing.ts";
import { type JsonObject, toSnakeKey } from "../names.ts";
import type { ResourceClient } from "../http/resource-client.ts";

/** How a kind of resource is requested and read. */
export interface CollectionSpec<T> {
  /** The name in TavusApi, for messages: "documents". */
  readonly name: string;
  /** The path of the collection: "/documents". */
  readonly path: string;
  /** The field that holds the id: "documentId". */
  readonly idField: keyof T & string;
  readonly schema: z.ZodType<Fields<T>>;
  readonly createSchema: z.ZodType;
}

/** The operations that all kinds of resources share. */
export abstract class TavusCollection<
  T extends { readonly raw: JsonObject },
  Create extends object,
  Filters extends object = object,
> {
  /** @internal */
  protected readonly client: ResourceClient;
  readonly #spec: CollectionSpec<T>;

  /** @internal */
  constructor(client: ResourceClient, spec: CollectionSpec<T>) {
    this.client = client;
    this.#spec = spec;
  }

  /**
   * Creates a resource.
   *
   * @throws InvalidOptionError, before anything is sent, that lists every problem.
   */
  async create(options: Create, call: CallOptions = {}): Promise<T> {
    const { name, path, schema, createSchema } = this.#spec;
    checkOptions(`${name}.create`, createSchema, options);
    const body = this.client.toBody(options);
    // Some answers to a creation contain only the new id; the other fields are taken from the request.
    const asked = Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return (await this.client.create(schema, path, body, Object.fromEntries(asked), call)) as T;
  }

  /** Gets one resource. An unknown id throws a TavusStatusError with code `notFound`. */
  async get(id: string, call: CallOptions = {}): Promise<T> {
    const { schema, idField } = this.#spec;
    return (await this.client.get(schema, this.toPath(id), { [toSnakeKey(idField)]: id }, call)) as T;
  }

  /** Lists the resources. `await` the listing, or iterate over it with `for await`. */
  list({ signal, timeoutMs, ...filters }: Filters & CallOptions = {} as Filters): Listing<T> {
    const { path, schema, idField } = this.#spec;
    const getId = (entry: object): string => String((entry as T)[idField]);
    return this.client.list(schema, path, { filters, signal, timeoutMs, getId }) as unknown as Listing<T>;
  }

  /** Deletes one resource. An unknown id throws a TavusStatusError with code `notFound`. */
  async delete(id: string, call: CallOptions = {}): Promise<void> {
    await this.client.delete(this.toPath(id), call);
  }

  /** The path of one resource. @internal */
  protected toPath(id: string): string {
    const { path, idField } = this.#spec;
    return `${path}/${toPathSegment(idField, id)}`;
  }
}
