/** What every guardrail has, alone or in a set. */
export interface GuardrailFields {
  /** The name, which events and webhooks carry. */
  readonly guardrailName?: string | undefined;
  /** What the pal must not do. */
  readonly guardrailPrompt?: string | undefined;
  /** "verbal", "visual" or "audio". */
  readonly modality?: string | undefined;
  /** The URL that is called when the guardrail triggers. */
  readonly callbackUrl?: string | undefined;
}

/** A rule that a pal must not break. */
export interface TavusGuardrail extends GuardrailFields {
  /** The id that other calls take. */
  readonly uuid: string;
  /** Tags by which PALs select guardrails. */
  readonly tags?: readonly string[] | undefined;
  /** Whether an app message is sent into the room when the guardrail triggers. */
  readonly appMessage?: boolean | undefined;
  /** When it was created, as Tavus sends it. */
  readonly createdAt?: string | undefined;
  /** When it last changed, as Tavus sends it. */
  readonly updatedAt?: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** A set of guardrails, the form from before each guardrail became a resource of its own. */
export interface TavusGuardrailSet {
  /** The id of the set. */
  readonly guardrailsId: string;
  /** Its name. */
  readonly name: string | undefined;
  /** The guardrails of the set. */
  readonly guardrails: readonly GuardrailFields[];
  /** When it was created, as Tavus writes it, normally ISO 8601. */
  readonly createdAt: string | undefined;
  /** When it was last changed, as Tavus writes it, normally ISO 8601. */
  readonly updatedAt: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The options of `guardrails.create`. */
export interface CreateGuardrailOptions {
  /** The name: up to 100 letters, digits and underscores. */
  readonly guardrailName: string;
  /** What the pal must not do, in up to 1000 characters. */
  readonly guardrailPrompt: string;
  /** Tags by which PALs select guardrails, up to 32. */
  readonly tags?: readonly string[] | undefined;
  /** Whether an app message is sent into the room when the guardrail triggers. Tavus' sources differ on its default. */
  readonly appMessage?: boolean | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
  /** Where Tavus looks for a breach. */
  readonly modality?: "verbal" | "visual" | "audio" | undefined;
  /** The URL that is called when the guardrail triggers. */
  readonly callbackUrl?: string | undefined;
}

/** The changes of `guardrails.update`. */
export type UpdateGuardrailOptions = {
  readonly [K in keyof CreateGuardrailOptions]?: CreateGuardrailOptions[K] | undefined;
};

/** The options of `guardrails.createSet`. */
export interface CreateGuardrailSetOptions {
  /** The guardrails of the set. */
  readonly data: readonly {
    /** The name: up to 100 letters, digits and underscores. */
    readonly guardrailName: string;
    /** What the pal must not do, in up to 1000 characters. */
    readonly guardrailPrompt: string;
    /** Where Tavus looks for a breach. */
    readonly modality?: "verbal" | "visual" | "audio" | undefined;
    /** The URL that is called when the guardrail triggers. */
    readonly callbackUrl?: string | undefined;
  }[];
  /** The name of the set. */
  readonly name?: string | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}
