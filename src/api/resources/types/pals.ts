/** What a pal is made of, layer by layer. Fields that are not named here are sent unchanged. */
export interface PalLayers {
  /** The language model. */
  readonly llm?: Readonly<Record<string, unknown>> | undefined;
  /** The voice. */
  readonly tts?: Readonly<Record<string, unknown>> | undefined;
  /** Speech recognition. */
  readonly stt?: Readonly<Record<string, unknown>> | undefined;
  /** What the pal perceives besides words. */
  readonly perception?: Readonly<Record<string, unknown>> | undefined;
  /** Turns and interruptions. */
  readonly conversationalFlow?: Readonly<Record<string, unknown>> | undefined;
  /** How it takes part in the room: "livekit" is for LiveKit's rooms; with its microphone "enabled" it speaks what it hears. */
  readonly transport?:
    | {
        readonly transportType?: string | undefined;
        readonly inputSettings?:
          { readonly microphone?: "enabled" | "disabled" | undefined; readonly [field: string]: unknown } | undefined;
        readonly roomSettings?: Readonly<Record<string, unknown>> | undefined;
        readonly [field: string]: unknown;
      }
    | undefined;
  readonly [field: string]: unknown;
}

/** What a new pal may have, under its new or old name. */
export interface NewPalFields {
  /** The system prompt of the language model. Required unless `pipelineMode` is "echo" or "speech-to-speech". */
  readonly systemPrompt?: string | undefined;
  /** "full" (Tavus' default): the pal listens, thinks and speaks by itself. "speech-to-speech": the same, with one model. "echo": the pal says what a bot sends it. */
  readonly pipelineMode?: "full" | "speech-to-speech" | "echo" | undefined;
  /** What the pal says first. */
  readonly greeting?: string | undefined;
  /** Ids of the tools that it starts with, up to 50. */
  readonly toolIds?: readonly string[] | undefined;
  /** Merged into the system prompt. Deprecated by Tavus. */
  readonly context?: string | undefined;
  /** Ids of documents that the pal can look things up in. */
  readonly documentIds?: readonly string[] | undefined;
  /** Tags of documents that the pal can look things up in. */
  readonly documentTags?: readonly string[] | undefined;
  /** The set of objectives that the pal pursues. */
  readonly objectivesId?: string | undefined;
  /** A set of guardrails, the older form. */
  readonly guardrailsId?: string | undefined;
  /** Ids of guardrails, up to 50. */
  readonly guardrailIds?: readonly string[] | undefined;
  /** Tags of guardrails, up to 50. */
  readonly guardrailTags?: readonly string[] | undefined;
  /** The languages that the pal speaks. */
  readonly languages?: readonly string[] | undefined;
  /** When the pal makes its disclosure. */
  readonly disclosureType?: "auto" | "always" | "off" | undefined;
  /** Whether there is a spoken disclosure, or its text. */
  readonly verbalDisclosure?: string | boolean | undefined;
  /** Whether there is a visible disclosure, or its text. */
  readonly visualDisclosure?: string | boolean | undefined;
  /** What the pal is made of. Each layer also takes Tavus' other fields, in camelCase or snake_case. */
  readonly layers?: PalLayers | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** The options of `createPal`. `defaultFaceId` is required unless the environment has TAVUS_FACE_ID or its old name. */
export interface CreatePalOptions extends NewPalFields {
  /** The name, which the pal's participant in the room has too. */
  readonly palName?: string | undefined;
  /** The face of its conversations. Default: the environment's TAVUS_FACE_ID, else its TAVUS_REPLICA_ID. */
  readonly defaultFaceId?: string | undefined;
  /** The old name of `defaultFaceId`. */
  readonly defaultReplicaId?: string | undefined;
}

/** The options of `createPersona`. */
export interface CreatePersonaOptions extends NewPalFields {
  /** The name, which the pal's participant in the room has too. */
  readonly personaName?: string | undefined;
  /** The face of its conversations. Default: none. */
  readonly defaultReplicaId?: string | undefined;
}
