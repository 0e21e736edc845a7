import type { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import { checkOptions, toPathSegment } from "../http/fields.ts";
import type { Listing } from "../http/listing.ts";
import { toSnakeKey } from "../names.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";

export interface CollectionSpec<T extends object> {
  /** Its name in TavusApi, for messages: "documents". */
  readonly name: string;
  readonly path: string;
  /** The field that holds the id: "documentId". */
  readonly idField: keyof T & string;
  readonly schema: z.ZodType<T>;
  readonly createSchema: z.ZodType;
}

/** Resources of one kind: what can be done with all kinds alike. */
export abstract class Collection<T extends object, Create extends object, Filters extends object = object> {
  protected readonly client: ResourceClient;
  readonly #spec: CollectionSpec<T>;

  constructor(client: ResourceClient, spec: CollectionSpec<T>) {
    this.client = client;
    this.#spec = spec;
  }

  /** Creates one. Throws an InvalidOptionError, before anything is sent, that lists all that is wrong. */
  async create(options: Create, call: CallOptions = {}): Promise<Resource<T>> {
    const { name, path, schema, createSchema } = this.#spec;
    checkOptions(`${name}.create`, createSchema, options);
    const body = this.client.toBody(options);
    // Some answers to a creation tell no more than the new id; the rest is what was asked for.
    const asked = Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return await this.client.create(schema, path, body, Object.fromEntries(asked), call);
  }

  async get(id: string, call: CallOptions = {}): Promise<Resource<T>> {
    const { schema, idField } = this.#spec;
    return await this.client.get(schema, this.toPath(id), { [toSnakeKey(idField)]: id }, call);
  }

  /** All of them: `await` it, or go through it with `for await`. */
  list({ signal, timeoutMs, ...filters }: Filters & CallOptions = {} as Filters): Listing<Resource<T>> {
    const { path, schema, idField } = this.#spec;
    return this.client.list(schema, path, { filters, signal, timeoutMs, getId: (entry) => String(entry[idField]) });
  }

  /** Deletes one; an id that is not known is an error. */
  async delete(id: string, call: CallOptions = {}): Promise<void> {
    await this.client.delete(this.toPath(id), call);
  }

  protected toPath(id: string): string {
    const { path, idField } = this.#spec;
    return `${path}/${toPathSegment(idField, id)}`;
  }
}
