/**
 * Where Tavus stores recordings (`properties.recording_storage` at docs.tavus.io/api-reference/conversations). Which
 * fields are needed depends on the provider.
 */
export interface RecordingStorage {
  /** The storage service. */
  readonly provider: "s3" | "gcs" | "azure_blob";
  /** The name of the bucket. */
  readonly bucketName?: string | undefined;
  /** The region of the bucket. */
  readonly bucketRegion?: string | undefined;
  /** The ARN of the role that Tavus assumes to write. */
  readonly assumeRoleArn?: string | undefined;
  /** The external id that the role requires. */
  readonly externalId?: string | undefined;
  /** The project of the bucket. */
  readonly projectId?: string | undefined;
  /** The workload identity provider that Tavus signs in with. */
  readonly workloadIdentityProvider?: string | undefined;
  /** The email of the service account that Tavus writes as. */
  readonly serviceAccountEmail?: string | undefined;
  /** The name of the storage account. */
  readonly storageAccount?: string | undefined;
  /** The name of the blob container. */
  readonly container?: string | undefined;
  /** The id of the tenant. */
  readonly tenantId?: string | undefined;
  /** The id of the client that Tavus signs in as. */
  readonly clientId?: string | undefined;
  /** The template of the recordings' object keys, in Tavus' format. */
  readonly keyTemplate?: string | undefined;
}

/** The properties of a conversation. All durations are whole seconds. */
export interface ConversationProperties {
  /**
   * Seconds after which the conversation ends in any case. Default 1800 (Tavus' own: 3600). Tavus caps it to the plan.
   */
  readonly maxCallDuration?: number | undefined;
  /** Seconds from when the last participant leaves to the end. Default 30 (Tavus' own: 0). */
  readonly participantLeftTimeout?: number | undefined;
  /** Seconds from creation to the end if nobody joins; meeting tokens expire then. Default 120 (Tavus' own: 300). */
  readonly participantAbsentTimeout?: number | undefined;
  /** Permits recording; a client in the call must still start it. Tavus' default: false. */
  readonly enableRecording?: boolean | undefined;
  /** Where recordings are stored. */
  readonly recordingStorage?: RecordingStorage | undefined;
  /** The S3 bucket of recordings. Deprecated by Tavus in favour of `recordingStorage`, but still accepted. */
  readonly recordingS3BucketName?: string | undefined;
  /** The region of the S3 bucket. Deprecated by Tavus in favour of `recordingStorage`. */
  readonly recordingS3BucketRegion?: string | undefined;
  /** The role that Tavus assumes to write to the S3 bucket. Deprecated by Tavus in favour of `recordingStorage`. */
  readonly awsAssumeRoleArn?: string | undefined;
  /** Enables Daily's transcription as captions. */
  readonly enableClosedCaptions?: boolean | undefined;
  /** Replaces the background with green (RGB 0, 255, 155). Not on Phoenix-4.5 faces. */
  readonly applyGreenscreen?: boolean | undefined;
  /** The full name of a language ("english"), or "multilingual". Deprecated by Tavus in favour of `languages`. */
  readonly language?: string | undefined;
  /** Codes of the languages. */
  readonly languages?: readonly string[] | undefined;
  /** The same as {@link CreateConversationOptions.requireAuth}. */
  readonly requireAuth?: boolean | undefined;
  /** The URL of a LiveKit server. Tavus joins a room there instead of opening one at Daily. */
  readonly livekitWsUrl?: string | undefined;
  /** The token with which the pal joins the LiveKit room. */
  readonly livekitRoomToken?: string | undefined;
}

/** The options of `createConversation` (docs.tavus.io/api-reference/conversations). */
export interface CreateConversationOptions {
  /**
   * The face. Required only if the PAL has no default face, which it overrides. Default: the environment's
   * TAVUS_FACE_ID (or TAVUS_REPLICA_ID, its old name), else the PAL's own.
   */
  readonly faceId?: string | undefined;
  /**
   * The PAL. Default: the environment's TAVUS_PAL_ID (or TAVUS_PERSONA_ID, its old name), else LiveKit's stock PAL for
   * a LiveKit room, else Tavus' own default PAL.
   */
  readonly palId?: string | undefined;
  /** @deprecated The old name of `faceId`. */
  readonly replicaId?: string | undefined;
  /** @deprecated The old name of `palId`. */
  readonly personaId?: string | undefined;
  /** Default: a unique name. The name must be unique: after an ambiguous failure, the conversation is found by it. */
  readonly conversationName?: string | undefined;
  /** The URL that receives the webhooks of this conversation; see `createWebhookHandler`. */
  readonly callbackUrl?: string | undefined;
  /** Context for this conversation, which is appended to the PAL's. */
  readonly conversationalContext?: string | undefined;
  /** What the pal says first. A full-pipeline pal cannot be interrupted during it. */
  readonly customGreeting?: string | undefined;
  /** Whether the pal's language model writes the greeting. */
  readonly enableDynamicGreeting?: boolean | undefined;
  /** Whether the pal has a voice only, and no video. */
  readonly audioOnly?: boolean | undefined;
  /** Keys of the stores in which the pal remembers things across conversations. */
  readonly memoryStores?: readonly string[] | undefined;
  /** Ids of documents that the pal can look things up in. */
  readonly documentIds?: readonly string[] | undefined;
  /** Tags of documents that the pal can look things up in. */
  readonly documentTags?: readonly string[] | undefined;
  /** What document look-ups favour. Tavus' sources contradict each other about its default: "balanced" or "quality". */
  readonly documentRetrievalStrategy?: "speed" | "balanced" | "quality" | undefined;
  /** Creates the conversation as already ended: it is free, takes no slot, and the pal never joins. */
  readonly testMode?: boolean | undefined;
  /** Makes the room private. The result then has a `meetingToken`. */
  readonly requireAuth?: boolean | undefined;
  /** The most participants in the room, at least 2. The pal and the bot count. */
  readonly maxParticipants?: number | undefined;
  /** "eu" changes those settings of the PAL that are "auto". */
  readonly policy?: "eu" | undefined;
  /** The URL of a Google Meet or Zoom call that the pal joins. */
  readonly meetingUrl?: string | undefined;
  /** How long the conversation lasts, and its recording and language. */
  readonly properties?: ConversationProperties | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged; `extra.properties` into the properties. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** An event of a conversation, as `getConversation(id, { verbose: true })` lists it. */
export interface ConversationEvent {
  /** Tavus' name of the event, the same as in webhooks: "system.shutdown". */
  readonly eventType: string;
  /** When it happened, as Tavus sends it, normally ISO 8601. */
  readonly timestamp?: string;
  /** The properties as Tavus sends them. Empty when there are none. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A conversation of the account. */
export interface Conversation {
  /** The id that other calls take. */
  readonly conversationId: string;
  /** The name. Empty when Tavus sends none. */
  readonly conversationName: string;
  /** The URL of the Daily room. */
  readonly conversationUrl: string;
  /** "active" or "ended", as far as documented. */
  readonly status: string;
  /** The id of the PAL. */
  readonly palId?: string;
  /** The id of the face. */
  readonly faceId?: string;
  /** The token to join a private room. Expires `participantAbsentTimeout` seconds after creation. */
  readonly meetingToken?: string;
  /** The URL that receives webhooks. */
  readonly callbackUrl?: string;
  /** When it was created, as Tavus sends it, normally ISO 8601. */
  readonly createdAt?: string;
  /** When it last changed, as Tavus sends it. */
  readonly updatedAt?: string;
  /** Why it ended, in Tavus' words; see `toShutdownCause`. Only with `verbose`, and only once ended. */
  readonly shutdownReason?: string;
  /** What happened in it. Only with `verbose`. */
  readonly events?: readonly ConversationEvent[];
  /** Tavus' answer, unchanged. Contains `meeting_token`: do not log it. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** A PAL (formerly persona): what conversations are made from. */
export interface Pal {
  /** The id that other calls take. */
  readonly palId: string;
  /** The name, which the pal's participant in the room has too. Empty for a PAL without a name. */
  readonly palName: string;
  /** "user" or "system" (Tavus' stock). */
  readonly palType?: string;
  /** "full", "speech-to-speech" or "echo", as far as documented. */
  readonly pipelineMode?: string;
  /** The face of its conversations, unless they choose another. */
  readonly defaultFaceId?: string;
  /** The system prompt of its language model. */
  readonly systemPrompt?: string;
  /** Its layers (llm, tts, stt, perception and so on), as Tavus sends them. May contain API keys. */
  readonly layers?: Readonly<Record<string, unknown>>;
  /** `layers.transport.transport_type`: "livekit" for LiveKit rooms. */
  readonly transportType?: string;
  /** `layers.transport.input_settings.microphone`: "enabled" or "disabled". */
  readonly transportMicrophone?: string;
  /** When it was created, as Tavus sends it, normally ISO 8601. */
  readonly createdAt?: string;
  /** When it last changed, as Tavus sends it. */
  readonly updatedAt?: string;
  /** Tavus' answer, unchanged. */
  readonly raw: Readonly<Record<string, unknown>>;
}
