import { z } from "zod";

import type { CostMeter, CostOptions } from "../api/cost/index.ts";
import { DEFAULT_API_URL } from "../api/config.ts";
import { journalPath } from "../api/journal/index.ts";
import { FACE_VARIABLE, OldNames, PAL_VARIABLE } from "../api/old-names.ts";
import type { PalLayers } from "../api/resources/types/pals.ts";
import type { EnvironmentVariables } from "../util/environment.ts";
import { InvalidOptionError } from "../util/errors.ts";
import type { Logger } from "../util/logger.ts";
import type { OptionShape } from "../util/option-shape.ts";
import { fromTenNames, type TenProperties } from "./ten-properties.ts";

/** The language model of a PAL that is created. */
export interface ManagerLLM {
  /** The model. Default: Tavus'. */
  readonly model?: string | undefined;
  /** The base URL of an OpenAI-compatible service. Default: Tavus' own models. */
  readonly baseUrl?: string | undefined;
  /** The key for that service. It is sent to Tavus, which keeps it. */
  readonly apiKey?: string | undefined;
}

/** The voice of a PAL that is created. */
export interface ManagerTTS {
  /** Tavus' name of the engine: "cartesia", "elevenlabs" or "azure". Default: Tavus'. */
  readonly engine?: string | undefined;
  /** The id of the voice at that engine. Default: the face's own voice. */
  readonly voiceId?: string | undefined;
}

/** The options of {@link ConversationManager} under their own names. */
export interface ManagerOptions {
  /** The key of the Tavus account. Default: the environment's TAVUS_API_KEY. */
  readonly apiKey?: string | undefined;
  /** The URL of the API. Default: the environment's TAVUS_API_URL, else https://tavusapi.com/v2. */
  readonly apiUrl?: string | undefined;
  /** The face. Default: the environment's TAVUS_FACE_ID, else the PAL's own. */
  readonly faceId?: string | undefined;
  /** The PAL. Default: the environment's TAVUS_PAL_ID, else one that is created (`autoCreatePal`), else Tavus' own. */
  readonly palId?: string | undefined;
  /** Old name of `faceId`. */
  readonly replicaId?: string | undefined;
  /** Old name of `palId`. */
  readonly personaId?: string | undefined;
  /** The name of the conversations. Default: the environment's TAVUS_CONVERSATION_NAME, else a unique one for each. */
  readonly conversationName?: string | undefined;
  /** Seconds after which Tavus ends a conversation. Default: the environment's TAVUS_MAX_CALL_DURATION, else 1800. */
  readonly maxCallDurationS?: number | undefined;
  /** Seconds from when the last participant leaves until Tavus ends the conversation. Default 30. */
  readonly participantLeftTimeoutS?: number | undefined;
  /** Seconds from the creation until Tavus ends a conversation that nobody joins. Default 120. */
  readonly participantAbsentTimeoutS?: number | undefined;
  /** Permits recording; a client must still start it. Default: the environment's TAVUS_ENABLE_RECORDING, else Tavus'. */
  readonly enableRecording?: boolean | undefined;
  /** A language's code ("en") or full name ("english"). Default: the environment's TAVUS_LANGUAGE, else Tavus'. */
  readonly language?: string | undefined;
  /** What the pal says first. Default: the environment's TAVUS_GREETING, else the PAL's. */
  readonly greeting?: string | undefined;
  /** What the pal knows about this conversation. Default: nothing more. */
  readonly conversationalContext?: string | undefined;
  /** Whether the rooms are private; see `ManagedConversation.meetingToken`. Default: Tavus', false. */
  readonly requireAuth?: boolean | undefined;
  /** How many participants may be in the room, the pal included. Default: Tavus'. */
  readonly maxParticipants?: number | undefined;
  /** Where Tavus sends the webhooks. Default: none. */
  readonly callbackUrl?: string | undefined;

  /**
   * Whether a PAL is created for the first conversation when there is no `palId`; later ones use it again. Default: the
   * environment's TAVUS_AUTO_CREATE_PAL, else false.
   */
  readonly autoCreatePal?: boolean | undefined;
  /**
   * Whether a PAL that was created here is deleted by `close()`. Default false: a deletion cannot be undone, and what Tavus
   * makes after the call (transcripts, recordings) refers to the PAL.
   */
  readonly deletePal?: boolean | undefined;
  /** The name of the PAL that is created. Default: the environment's TAVUS_PAL_NAME, else "Assistant". */
  readonly palName?: string | undefined;
  /** The system prompt of that PAL. Default: the environment's TAVUS_SYSTEM_PROMPT, else that of a helpful assistant. */
  readonly systemPrompt?: string | undefined;
  /** More of what that PAL knows; appended to its system prompt. Default: the environment's TAVUS_CONTEXT, else nothing. */
  readonly context?: string | undefined;
  /** Whether that PAL sees. Default: Tavus'. */
  readonly enablePerception?: boolean | undefined;
  /** With which model. Default "raven-1" if `enablePerception` is true. */
  readonly perceptionModel?: string | undefined;
  /** Whether that PAL judges the end of a turn by what is said (true), or by time alone (false). Default: Tavus'. */
  readonly enableSmartTurnDetection?: boolean | undefined;
  /** The language model of that PAL. Default: Tavus'. */
  readonly llm?: ManagerLLM | undefined;
  /** The voice of that PAL. Default: Tavus'. */
  readonly tts?: ManagerTTS | undefined;
  /** Layers of that PAL as Tavus has them; merged over those from the options above. */
  readonly layers?: PalLayers | undefined;

  /** Whether a conversation is started at once. Default false. */
  readonly autoStart?: boolean | undefined;
  /** How long a conversation goes on after the last user left, in milliseconds: a page may be reloading. Default 5000. */
  readonly leaveGraceMs?: number | undefined;
  /** The folder of the journal of open conversations; false for none. Default: as for `TavusTransport`. */
  readonly journal?: string | false | undefined;
  /** A meter that others share, or what conversations cost and may cost. Default: minutes are counted. */
  readonly cost?: CostMeter | CostOptions | undefined;
  /** Receives what happens. Default: the console, at the level of TAVUS_TRANSPORT_LOG. */
  readonly logger?: Logger | undefined;
}

/** The options of {@link ConversationManager}: under their own names, or under those of TEN's extension. */
export interface ConversationManagerOptions extends ManagerOptions, Omit<TenProperties, "language" | "context"> {}

const text = z.string().trim().min(1);
const seconds = z.int().min(0);
const shape = {
  apiKey: text.optional(),
  apiUrl: z.url({ protocol: /^https?$/ }).optional(),
  faceId: text.optional(),
  palId: text.optional(),
  replicaId: text.optional(),
  personaId: text.optional(),
  conversationName: text.optional(),
  maxCallDurationS: z.int().min(1).default(1800),
  participantLeftTimeoutS: seconds.default(30),
  participantAbsentTimeoutS: seconds.default(120),
  enableRecording: z.boolean().optional(),
  language: text.optional(),
  greeting: z.string().optional(),
  conversationalContext: z.string().optional(),
  requireAuth: z.boolean().optional(),
  maxParticipants: z.int().min(2).optional(),
  callbackUrl: z.url().optional(),
  autoCreatePal: z.boolean().default(false),
  deletePal: z.boolean().default(false),
  palName: text.default("Assistant"),
  systemPrompt: text.default("You are a helpful assistant in a video call. Answer in short sentences."),
  context: z.string().optional(),
  enablePerception: z.boolean().optional(),
  perceptionModel: text.optional(),
  enableSmartTurnDetection: z.boolean().optional(),
  llm: z.strictObject({ model: text.optional(), baseUrl: z.url().optional(), apiKey: text.optional() }).optional(),
  tts: z.strictObject({ engine: text.optional(), voiceId: text.optional() }).optional(),
  layers: z.custom<PalLayers>((value) => typeof value === "object" && value !== null).optional(),
  autoStart: z.boolean().default(false),
  leaveGraceMs: z.number().min(0).max(3_600_000).default(5000),
  journal: z.union([z.literal(false), text]).optional(),
  cost: z.custom<CostMeter | CostOptions>((value) => typeof value === "object" && value !== null).optional(),
  logger: z.custom<Logger>((value) => typeof value === "object" && value !== null).optional(),
} satisfies OptionShape<ManagerOptions>;
const schema = z.strictObject(shape);

/** Options with their defaults and the values of the environment. */
export interface ResolvedManagerOptions extends Omit<z.output<typeof schema>, "journal" | "apiUrl"> {
  readonly apiUrl: string;
  /** The folder of the journal; undefined for none. */
  readonly journal: string | undefined;
}

/** Options that the environment can give, and how their texts are read. */
const VARIABLES = {
  apiKey: "TAVUS_API_KEY",
  apiUrl: "TAVUS_API_URL",
  conversationName: "TAVUS_CONVERSATION_NAME",
  maxCallDurationS: "TAVUS_MAX_CALL_DURATION",
  enableRecording: "TAVUS_ENABLE_RECORDING",
  language: "TAVUS_LANGUAGE",
  greeting: "TAVUS_GREETING",
  autoCreatePal: "TAVUS_AUTO_CREATE_PAL",
  palName: "TAVUS_PAL_NAME",
  systemPrompt: "TAVUS_SYSTEM_PROMPT",
  context: "TAVUS_CONTEXT",
} as const satisfies Partial<Record<keyof ManagerOptions, string>>;

/**
 * Adds defaults and the environment, and checks everything at once.
 *
 * @throws InvalidOptionError that lists every problem and contains no secret.
 */
export function resolveManagerOptions(
  options: ConversationManagerOptions,
  env: EnvironmentVariables,
  hasApi: boolean,
  logger: Logger,
): ResolvedManagerOptions {
  const given = fromTenNames({ ...options });
  const oldNames = new OldNames(logger, env);
  const pick = (name: "faceId" | "palId", oldName: "replicaId" | "personaId"): unknown =>
    oldNames.pick(
      { name, value: given[name] as string | undefined },
      { name: oldName, value: given[oldName] as string | undefined },
      name === "faceId" ? FACE_VARIABLE : PAL_VARIABLE,
    );
  const fromEnv = Object.entries(VARIABLES).map(([name, variable]) => [
    name,
    given[name] ?? readVariable(env, variable),
  ]);
  const merged = {
    ...given,
    ...(Object.fromEntries(fromEnv) as Partial<Record<keyof typeof VARIABLES, unknown>>),
    faceId: pick("faceId", "replicaId"),
    palId: pick("palId", "personaId"),
  };
  const parsed = schema.safeParse(merged);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
  if (!hasApi && merged.apiKey === undefined) problems.push("apiKey: missing; pass it or set TAVUS_API_KEY.");
  if (parsed.data?.autoCreatePal && parsed.data.palId === undefined && parsed.data.faceId === undefined)
    problems.push("faceId: missing; a PAL that is created needs one. Pass it or set TAVUS_FACE_ID.");
  if (!parsed.success || problems.length > 0) throw new InvalidOptionError("ConversationManager options", problems);
  const { apiUrl = DEFAULT_API_URL, ...data } = parsed.data;
  return { ...data, apiUrl, journal: journalPath(parsed.data.journal, env) };
}

function readVariable(env: EnvironmentVariables, name: string): unknown {
  const value = env[name]?.trim();
  if (value === undefined || value === "") return undefined;
  if (name === VARIABLES.maxCallDurationS) return Number(value);
  if (name !== VARIABLES.enableRecording && name !== VARIABLES.autoCreatePal) return value;
  if (/^(?:true|1|yes|on)$/i.test(value)) return true;
  return /^(?:false|0|no|off)$/i.test(value) ? false : value;
}
