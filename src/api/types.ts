/** Where recordings go. `provider` is required, the rest depends on it. */
export interface RecordingStorage {
  readonly provider: "s3" | "gcs" | "azure_blob";
  readonly bucketName?: string | undefined;
  readonly bucketRegion?: string | undefined;
  readonly assumeRoleArn?: string | undefined;
  readonly externalId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly workloadIdentityProvider?: string | undefined;
  readonly serviceAccountEmail?: string | undefined;
  readonly storageAccount?: string | undefined;
  readonly container?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly keyTemplate?: string | undefined;
}

/** How a conversation behaves. All durations are whole seconds. */
export interface ConversationProperties {
  /** The conversation ends after this many seconds, whatever happens. Default 1800 (Tavus' own is 3600). */
  readonly maxCallDuration?: number | undefined;
  /** Seconds from the last participant's leaving to the end. Default 30 (Tavus' own is 0). */
  readonly participantLeftTimeout?: number | undefined;
  /** Seconds from creation to the end when nobody joins; a meeting token lives as long. Default 120 (Tavus': 300). */
  readonly participantAbsentTimeout?: number | undefined;
  /** Permits recording; somebody in the call still has to start it. */
  readonly enableRecording?: boolean | undefined;
  readonly recordingStorage?: RecordingStorage | undefined;
  /** The older way to say where recordings go; `recordingStorage` can do more. */
  readonly recordingS3BucketName?: string | undefined;
  readonly recordingS3BucketRegion?: string | undefined;
  readonly awsAssumeRoleArn?: string | undefined;
  readonly enableClosedCaptions?: boolean | undefined;
  /** A green background (RGB 0, 255, 155). */
  readonly applyGreenscreen?: boolean | undefined;
  /** The full name of a language ("english"), or "multilingual". */
  readonly language?: string | undefined;
  readonly languages?: readonly string[] | undefined;
  /** The same as `requireAuth` beside the properties. */
  readonly requireAuth?: boolean | undefined;
  /** Tavus joins this LiveKit room instead of opening one at Daily. */
  readonly livekitWsUrl?: string | undefined;
  /** For the pal to join with. */
  readonly livekitRoomToken?: string | undefined;
}

export interface CreateConversationOptions {
  /**
   * Needed only when the PAL has no default face; overrides it. Default: the environment's TAVUS_FACE_ID (or
   * TAVUS_REPLICA_ID, its old name), else the PAL's own.
   */
  readonly faceId?: string | undefined;
  /**
   * Default: the environment's TAVUS_PAL_ID (or TAVUS_PERSONA_ID, its old name), else LiveKit's stock PAL for a LiveKit
   * room, else Tavus' own default PAL.
   */
  readonly palId?: string | undefined;
  /** @deprecated The old name of `faceId`. */
  readonly replicaId?: string | undefined;
  /** @deprecated The old name of `palId`. */
  readonly personaId?: string | undefined;
  /** Default: a unique name. After an ambiguous failure the conversation is searched by it: make yours unique too. */
  readonly conversationName?: string | undefined;
  /** Webhooks go here. */
  readonly callbackUrl?: string | undefined;
  readonly conversationalContext?: string | undefined;
  /** Said first; a full-pipeline pal cannot be interrupted in it. */
  readonly customGreeting?: string | undefined;
  /** The pal's model makes the greeting. */
  readonly enableDynamicGreeting?: boolean | undefined;
  readonly audioOnly?: boolean | undefined;
  readonly memoryStores?: readonly string[] | undefined;
  readonly documentIds?: readonly string[] | undefined;
  readonly documentTags?: readonly string[] | undefined;
  readonly documentRetrievalStrategy?: "speed" | "balanced" | "quality" | undefined;
  /** Created as ended; free; the pal never joins. */
  readonly testMode?: boolean | undefined;
  /** A private room: the result carries `meetingToken`. */
  readonly requireAuth?: boolean | undefined;
  /** At least 2. The pal counts, and so does the bot. */
  readonly maxParticipants?: number | undefined;
  /** "eu": for PAL settings that are left to Tavus. */
  readonly policy?: "eu" | undefined;
  /** A Google Meet or Zoom call that the pal joins. */
  readonly meetingUrl?: string | undefined;
  readonly properties?: ConversationProperties | undefined;
  /** Sent as it is, merged last (`extra.properties` into the properties): for fields this client does not know. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** Something that happened in a conversation, as `getConversation(id, { verbose: true })` lists it. */
export interface ConversationEvent {
  readonly eventType: string;
  readonly timestamp?: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Conversation {
  readonly conversationId: string;
  readonly conversationName: string;
  /** The URL of the Daily room. */
  readonly conversationUrl: string;
  /** "active" or "ended", as far as documented. */
  readonly status: string;
  readonly palId?: string;
  readonly faceId?: string;
  /** For a private room. Expires `participantAbsentTimeout` seconds after creation. */
  readonly meetingToken?: string;
  readonly callbackUrl?: string;
  /** As Tavus writes it, normally ISO 8601. */
  readonly createdAt?: string;
  readonly updatedAt?: string;
  /** Only when asked for verbosely, and only once ended. */
  readonly shutdownReason?: string;
  /** Only when asked for verbosely. */
  readonly events?: readonly ConversationEvent[];
  /** The answer as it came. Holds `meeting_token`: do not log it. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface Pal {
  readonly palId: string;
  /** Also the name of the pal's participant in the room. Empty for a PAL without a name. */
  readonly palName: string;
  /** "user" or "system". */
  readonly palType?: string;
  /** "full", "speech-to-speech" or "echo", as far as documented. */
  readonly pipelineMode?: string;
  readonly defaultFaceId?: string;
  readonly systemPrompt?: string;
  /** As Tavus writes them. */
  readonly layers?: Readonly<Record<string, unknown>>;
  /** `layers.transport.transport_type`: "livekit" for LiveKit's rooms. */
  readonly transportType?: string;
  /** `layers.transport.input_settings.microphone`: "enabled" or "disabled". */
  readonly transportMicrophone?: string;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly raw: Readonly<Record<string, unknown>>;
}
