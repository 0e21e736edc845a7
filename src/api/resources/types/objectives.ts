/** One objective of a set. */
export interface TavusObjective {
  /** The name, which events and webhooks carry. */
  readonly objectiveName?: string | undefined;
  /** What the pal should achieve. */
  readonly objectivePrompt?: string | undefined;
  /** "auto" or "manual" (a client in the call confirms it). */
  readonly confirmationMode?: string | undefined;
  /** The names of the values that the pal should find out. */
  readonly outputVariables?: readonly string[] | undefined;
  /** "verbal", "visual" or "audio". */
  readonly modality?: string | undefined;
  /** Maps the name of each possible next objective to its condition. */
  readonly nextConditionalObjectives?: Readonly<Record<string, unknown>> | undefined;
  /** The name of the next objective. */
  readonly nextRequiredObjective?: string | undefined;
  /** The URL that is called when the objective is completed. */
  readonly callbackUrl?: string | undefined;
}

/** A set of objectives that a pal pursues step by step. */
export interface TavusObjectives {
  /** The id of the set. */
  readonly objectivesId: string;
  /** Its name. */
  readonly name: string | undefined;
  /** The steps. */
  readonly objectives: readonly TavusObjective[];
  /** When it was created, as Tavus writes it, normally ISO 8601. */
  readonly createdAt: string | undefined;
  /** When it was last changed, as Tavus writes it, normally ISO 8601. */
  readonly updatedAt: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The options of `objectives.create`. */
export interface CreateObjectivesOptions {
  /** The objectives of the set. */
  readonly data: readonly {
    /** The name, without spaces. */
    readonly objectiveName: string;
    /** What the pal should achieve. */
    readonly objectivePrompt: string;
    /** Whether the pal decides that it is completed, or a client in the call confirms it. */
    readonly confirmationMode?: "auto" | "manual" | undefined;
    /** The names of the values that the pal should find out. */
    readonly outputVariables?: readonly string[] | undefined;
    /** How the objective is recognized. */
    readonly modality?: "verbal" | "visual" | "audio" | undefined;
    /** Maps the name of each possible next objective to its condition. */
    readonly nextConditionalObjectives?: Readonly<Record<string, string>> | undefined;
    /** The name of the next objective. */
    readonly nextRequiredObjective?: string | undefined;
    /** The URL that is called when the objective is completed. */
    readonly callbackUrl?: string | undefined;
  }[];
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}
