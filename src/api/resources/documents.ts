import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  optionalObject,
  optionalText,
  optionalTexts,
  present,
  resourceSchema,
  text,
  texts,
} from "../http/fields.ts";
import type { UpdateResult } from "../http/json-patch.ts";
import { readWith, type Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { Collection } from "./collection.ts";

const documentSchema = resourceSchema({
  /** The id that other calls take. */
  documentId: present,
  /** The name in the account. */
  documentName: optionalText,
  /** Where Tavus reads it from. */
  documentUrl: optionalText,
  /** "started", "processing", "ready", "error" or "recrawling", as far as documented. */
  status: optionalText,
  /** Tags by which conversations and PALs select documents. */
  tags: optionalTexts,
  /** The URL that receives status updates. */
  callbackUrl: optionalText,
  /** How far linked pages are read, with the names on the wire. */
  crawl: optionalObject,
  /** With status "error": "file_format_unsupported", "website_processing_failed" and others. */
  errorCode: optionalText,
  /** With status "error": what went wrong, in Tavus' words. */
  errorMessage: optionalText,
  /** When it was created, as Tavus sends it. */
  createdAt: optionalText,
  /** When it last changed, as Tavus sends it. */
  updatedAt: optionalText,
});

/** A document or website that a pal can look things up in. */
export type TavusDocument = Resource<z.output<typeof documentSchema>>;

const crawl = z.strictObject({
  /** How many links deep, 1 to 10. */
  depth: z.int().min(1).max(10).optional(),
  /** How many pages in all, 1 to 100. */
  maxPages: z.int().min(1).max(100).optional(),
});

const createSchema = z.strictObject({
  /** A file (PDF, text, Office, image, CSV) or a website that Tavus can reach. */
  documentUrl: z.url(),
  /** The name in the account. */
  documentName: text.optional(),
  /** Tags by which conversations and PALs select documents. */
  tags: texts.optional(),
  /** The URL that receives status updates. */
  callbackUrl: z.url().optional(),
  /** How far the pages that a website links to are read too. */
  crawl: crawl.optional(),
  /** Fields that this client does not know. Merged last and sent unchanged. */
  extra,
});

/** The options of `documents.create`. */
export type CreateDocumentOptions = z.input<typeof createSchema>;

const updateSchema = z.strictObject({
  /** The new name. Default: unchanged. */
  documentName: text.optional(),
  /** The new tags, which replace the old ones. Default: unchanged. */
  tags: texts.optional(),
  /** Fields that this client does not know. Merged last and sent unchanged. */
  extra,
});

/** The changes of `documents.update`. */
export type UpdateDocumentOptions = z.input<typeof updateSchema>;

/** Filters of `documents.list`. */
export interface ListDocumentsOptions {
  /** A name or an id. Default: all. */
  readonly nameOrUuid?: string | undefined;
  /** Tags, separated by commas. Default: all. */
  readonly tags?: string | undefined;
  /** A status such as "ready". Default: all. */
  readonly status?: string | undefined;
  /** The direction of the order. Default: Tavus' own. */
  readonly sort?: "asc" | "desc" | undefined;
}

/** The documents of the account, which pals can look things up in. */
export class Documents extends Collection<
  z.output<typeof documentSchema>,
  CreateDocumentOptions,
  ListDocumentsOptions
> {
  constructor(client: ResourceClient) {
    super(client, {
      name: "documents",
      path: "/documents",
      idField: "documentId",
      schema: documentSchema,
      createSchema,
    });
  }

  /** Changes the name or the tags of a document. */
  async update(documentId: string, changes: UpdateDocumentOptions, call: CallOptions = {}): Promise<UpdateResult> {
    checkOptions("documents.update", updateSchema, changes);
    return await this.client.patch(this.toPath(documentId), this.client.toBody(changes), call);
  }

  /** Makes Tavus read a website again. Allowed when its status is "ready" or "error", and not too often. */
  async recrawl(
    documentId: string,
    options: { readonly crawl?: z.input<typeof crawl> | undefined } = {},
    call: CallOptions = {},
  ): Promise<TavusDocument> {
    checkOptions("documents.recrawl", z.strictObject({ crawl: crawl.optional() }), options);
    const path = `${this.toPath(documentId)}/recrawl`;
    const answer = await this.client.post(path, call, this.client.toBody(options));
    return readWith(documentSchema, answer.text, `POST ${path}`, { document_id: documentId });
  }
}
