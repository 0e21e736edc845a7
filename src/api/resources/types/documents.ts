/** A document or website that a pal can look things up in. */
export interface TavusDocument {
  /** The id that other calls take. */
  readonly documentId: string;
  /** The name in the account. */
  readonly documentName?: string | undefined;
  /** Where Tavus reads it from. */
  readonly documentUrl?: string | undefined;
  /** "started", "processing", "ready", "error" or "recrawling", as far as documented. */
  readonly status?: string | undefined;
  /** Tags by which conversations and PALs select documents. */
  readonly tags?: readonly string[] | undefined;
  /** The URL that receives status updates. */
  readonly callbackUrl?: string | undefined;
  /** How far linked pages are read, with the names on the wire. */
  readonly crawl?: Readonly<Record<string, unknown>> | undefined;
  /** With status "error": "file_format_unsupported", "website_processing_failed" and others. */
  readonly errorCode?: string | undefined;
  /** With status "error": what went wrong, in Tavus' words. */
  readonly errorMessage?: string | undefined;
  /** When it was created, as Tavus sends it. */
  readonly createdAt?: string | undefined;
  /** When it last changed, as Tavus sends it. */
  readonly updatedAt?: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** How far the pages that a website links to are read too. */
export interface CrawlOptions {
  /** How many links deep, 1 to 10. */
  readonly depth?: number | undefined;
  /** How many pages in all, 1 to 100. */
  readonly maxPages?: number | undefined;
}

/** The options of `documents.create`. */
export interface CreateDocumentOptions {
  /** A file (PDF, text, Office, image, CSV) or a website that Tavus can reach. */
  readonly documentUrl: string;
  /** The name in the account. */
  readonly documentName?: string | undefined;
  /** Tags by which conversations and PALs select documents. */
  readonly tags?: readonly string[] | undefined;
  /** The URL that receives status updates. */
  readonly callbackUrl?: string | undefined;
  /** How far the pages that a website links to are read too. */
  readonly crawl?: CrawlOptions | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** The changes of `documents.update`. */
export interface UpdateDocumentOptions {
  /** The new name. Default: unchanged. */
  readonly documentName?: string | undefined;
  /** The new tags, which replace the old ones. Default: unchanged. */
  readonly tags?: readonly string[] | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}
