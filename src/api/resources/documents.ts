import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  optionalObject,
  optionalText,
  optionalTexts,
  optionsSchema,
  present,
  resourceSchema,
  text,
  texts,
} from "../http/fields.ts";
import type { UpdateResult } from "../http/json-patch.ts";
import { readWith } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { TavusCollection } from "./collection.ts";
import type { CrawlOptions, CreateDocumentOptions, TavusDocument, UpdateDocumentOptions } from "./types/documents.ts";

const documentSchema = resourceSchema<TavusDocument>({
  documentId: present,
  documentName: optionalText,
  documentUrl: optionalText,
  status: optionalText,
  tags: optionalTexts,
  callbackUrl: optionalText,
  crawl: optionalObject,
  errorCode: optionalText,
  errorMessage: optionalText,
  createdAt: optionalText,
  updatedAt: optionalText,
});

const crawl = optionsSchema<CrawlOptions>({
  depth: z.int().min(1).max(10).optional(),
  maxPages: z.int().min(1).max(100).optional(),
});

const createSchema = optionsSchema<CreateDocumentOptions>({
  documentUrl: z.url(),
  documentName: text.optional(),
  tags: texts.optional(),
  callbackUrl: z.url().optional(),
  crawl: crawl.optional(),
  extra,
});

const updateSchema = optionsSchema<UpdateDocumentOptions>({
  documentName: text.optional(),
  tags: texts.optional(),
  extra,
});

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
export class Documents extends TavusCollection<TavusDocument, CreateDocumentOptions, ListDocumentsOptions> {
  /** @internal */
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
    options: { readonly crawl?: CrawlOptions | undefined } = {},
    call: CallOptions = {},
  ): Promise<TavusDocument> {
    checkOptions("documents.recrawl", z.strictObject({ crawl: crawl.optional() }), options);
    const path = `${this.toPath(documentId)}/recrawl`;
    const answer = await this.client.post(path, call, this.client.toBody(options));
    return readWith(documentSchema, answer.text, `POST ${path}`, { document_id: documentId });
  }
}
