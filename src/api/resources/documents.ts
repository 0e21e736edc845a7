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
  documentId: present,
  documentName: optionalText,
  documentUrl: optionalText,
  /** "started", "processing", "ready", "error" or "recrawling", as far as documented. */
  status: optionalText,
  tags: optionalTexts,
  callbackUrl: optionalText,
  crawl: optionalObject,
  /** With status "error": "file_format_unsupported", "website_processing_failed" and the like. */
  errorCode: optionalText,
  errorMessage: optionalText,
  createdAt: optionalText,
  updatedAt: optionalText,
});

/** Something the pal can look up. */
export type TavusDocument = Resource<z.output<typeof documentSchema>>;

/** How far the pages that a website links to are read as well. */
const crawl = z.strictObject({
  depth: z.int().min(1).max(10).optional(),
  maxPages: z.int().min(1).max(100).optional(),
});

const createSchema = z.strictObject({
  /** A file (PDF, text, Office, image, CSV) or a website that Tavus can reach. */
  documentUrl: z.url(),
  documentName: text.optional(),
  tags: texts.optional(),
  callbackUrl: z.url().optional(),
  crawl: crawl.optional(),
  extra,
});

export type CreateDocumentOptions = z.input<typeof createSchema>;

const updateSchema = z.strictObject({ documentName: text.optional(), tags: texts.optional(), extra });

export type UpdateDocumentOptions = z.input<typeof updateSchema>;

export interface ListDocumentsOptions {
  readonly nameOrUuid?: string | undefined;
  /** Separated by commas. */
  readonly tags?: string | undefined;
  readonly status?: string | undefined;
  readonly sort?: "asc" | "desc" | undefined;
}

/** The documents of the account: what a pal can look things up in. */
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

  async update(documentId: string, changes: UpdateDocumentOptions, call: CallOptions = {}): Promise<UpdateResult> {
    checkOptions("documents.update", updateSchema, changes);
    return await this.client.patch(this.toPath(documentId), this.client.toBody(changes), call);
  }

  /** Reads a website again; allowed once it is ready (or failed), and not too often. */
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
