import { z } from "zod";

import { InvalidOptionError } from "../../util/errors.ts";
import type { CallOptions } from "../http/call-options.ts";
import { checkOptions, extra, flag, id, toPathSegment, text, texts } from "../http/fields.ts";
import { jsonPatchSchema, type JsonPatchOperation, type UpdateResult } from "../http/json-patch.ts";
import type { Listing } from "../http/listing.ts";
import { FACE_VARIABLE, type OldNames } from "../old-names.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { palSchema } from "../schemas.ts";
import type { Pal } from "../types.ts";
import { askUnderEitherName } from "./either-name.ts";

const layer = z.record(z.string(), z.unknown());

const layersSchema = z.looseObject({
  /** The language model, such as `{ model: "tavus-gpt-oss" }`. */
  llm: layer.optional(),
  /** The voice, such as `{ ttsEngine: "cartesia" }`. */
  tts: layer.optional(),
  /** Speech recognition, such as `{ sttEngine: "tavus-auto" }`. */
  stt: layer.optional(),
  /** What the pal sees and hears, such as `{ perceptionModel: "raven-1" }`. */
  perception: layer.optional(),
  /** Turn taking and interruptions, such as `{ turnDetectionModel: "sparrow-1" }`. */
  conversationalFlow: layer.optional(),
  /** How the pal joins rooms. Seen in real PALs, but not documented. */
  transport: z
    .looseObject({
      /** "livekit" for LiveKit rooms. Default: Daily rooms. */
      transportType: text.optional(),
      /** With `microphone: "enabled"`, an echo PAL repeats what it hears from microphones in the room. */
      inputSettings: z.looseObject({ microphone: z.enum(["enabled", "disabled"]).optional() }).optional(),
      /** Settings of the Daily room, with the names on the wire. */
      roomSettings: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
});

const upTo50 = texts.max(50).optional();

const shape = {
  /** The system prompt of the language model. Required unless `pipelineMode` is "echo" or "speech-to-speech". */
  systemPrompt: text.optional(),
  /**
   * "full" (Tavus' default): the pal listens, thinks and speaks by itself. "speech-to-speech": the same, with one
   * model. "echo": the pal says what a bot sends it.
   */
  pipelineMode: z.enum(["full", "speech-to-speech", "echo"]).optional(),
  /** What the pal says first. */
  greeting: text.optional(),
  /** Ids of the tools that it starts with, up to 50. */
  toolIds: z.array(id).max(50).optional(),
  /** Merged into the system prompt. Deprecated by Tavus. */
  context: text.optional(),
  /** Ids of documents that the pal can look things up in. */
  documentIds: texts.optional(),
  /** Tags of documents that the pal can look things up in. */
  documentTags: texts.optional(),
  /** The set of objectives that the pal pursues. */
  objectivesId: id.optional(),
  /** A set of guardrails, the older form. */
  guardrailsId: id.optional(),
  /** Ids of guardrails, up to 50. */
  guardrailIds: upTo50,
  /** Tags of guardrails, up to 50. */
  guardrailTags: upTo50,
  /** The languages that the pal speaks. */
  languages: texts.optional(),
  /** When the pal makes its disclosure. */
  disclosureType: z.enum(["always", "auto", "off"]).optional(),
  /** Whether there is a spoken disclosure, or its text. */
  verbalDisclosure: z.union([flag, text]).optional(),
  /** Whether there is a visible disclosure, or its text. */
  visualDisclosure: z.union([flag, text]).optional(),
  /** What the pal is made of. Each layer also takes Tavus' other fields, in camelCase or snake_case. */
  layers: layersSchema.optional(),
  /** Fields that this client does not know. Merged last and sent unchanged. */
  extra,
};

function hasPrompt({ pipelineMode, systemPrompt }: { pipelineMode?: unknown; systemPrompt?: unknown }): boolean {
  const isFull = pipelineMode === undefined || pipelineMode === "full";
  return !isFull || (systemPrompt !== undefined && systemPrompt !== "");
}
const promptRule = { message: 'is needed unless pipelineMode is "echo" or "speech-to-speech"', path: ["systemPrompt"] };

const createPalSchema = z
  .strictObject({
    /** The name, which the pal's participant in the room has too. */
    palName: id.optional(),
    /** The face of its conversations. Default: the environment's TAVUS_FACE_ID, else its TAVUS_REPLICA_ID. */
    defaultFaceId: id.optional(),
    /** The old name of `defaultFaceId`. */
    defaultReplicaId: id.optional(),
    ...shape,
  })
  .refine(hasPrompt, promptRule);
const createPersonaSchema = z
  .strictObject({
    /** The name, which the pal's participant in the room has too. */
    personaName: id.optional(),
    /** The face of its conversations. Default: none. */
    defaultReplicaId: id.optional(),
    ...shape,
  })
  .refine(hasPrompt, promptRule);

/** The options of `createPal`. `defaultFaceId` is required unless the environment has TAVUS_FACE_ID or its old name. */
export type CreatePalOptions = z.input<typeof createPalSchema>;
/** The options of `createPersona`. */
export type CreatePersonaOptions = z.input<typeof createPersonaSchema>;

/** Filters of `listPals`. */
export interface ListPalsOptions extends CallOptions {
  /** "system" lists Tavus' stock. Default: both. */
  readonly palType?: "user" | "system" | undefined;
}

/** The options of `updatePal`. */
export interface UpdatePalOptions extends CallOptions {
  /** "live" changes the live PAL, not the draft that Tavus' PAL Builder keeps. Default: Tavus' own. */
  readonly target?: "live" | "draft" | undefined;
}

/** The PALs of the account and Tavus' stock. */
export class Pals {
  readonly #client: ResourceClient;
  readonly #oldNames: OldNames;
  readonly #path: "/pals" | "/personas";

  constructor(client: ResourceClient, oldNames: OldNames) {
    this.#client = client;
    this.#oldNames = oldNames;
    this.#path = client.wireNames === "new" ? "/pals" : "/personas";
  }

  async create(options: CreatePalOptions, call: CallOptions): Promise<Pal> {
    checkOptions("createPal", createPalSchema, options);
    const { defaultFaceId: newId, defaultReplicaId: oldId, ...rest } = options;
    const defaultFaceId = this.#oldNames.pick(
      { name: "defaultFaceId", value: newId },
      { name: "defaultReplicaId", value: oldId },
      FACE_VARIABLE,
    );
    if (defaultFaceId === undefined)
      throw new InvalidOptionError("defaultFaceId", "is needed for a PAL; pass it or set TAVUS_FACE_ID.");

    const body = this.#client.toBody({ ...rest, defaultFaceId });
    return await this.#create(this.#path, body, { pal_name: options.palName, default_face_id: defaultFaceId }, call);
  }

  /** Uses the older endpoint, which requires no face. */
  async createPersona(options: CreatePersonaOptions, call: CallOptions): Promise<Pal> {
    checkOptions("createPersona", createPersonaSchema, options);
    const asked = { pal_name: options.personaName, default_face_id: options.defaultReplicaId };
    return await this.#create("/personas", this.#client.toBody(options, "old"), asked, call);
  }

  /** If the PAL is unknown under one name of the resource, asks under the other. */
  async get(palId: string, call: CallOptions): Promise<Pal> {
    const segment = toPathSegment("palId", palId);
    const paths = this.#path === "/pals" ? (["/pals", "/personas"] as const) : (["/personas", "/pals"] as const);
    return await askUnderEitherName(paths, (path) =>
      this.#client.get(palSchema, `${path}/${segment}`, { pal_id: palId }, call),
    );
  }

  list({ palType, signal, timeoutMs }: ListPalsOptions): Listing<Pal> {
    const filters = { palType };
    return this.#client.list(palSchema, this.#path, { filters, signal, timeoutMs, getId: (pal) => pal.palId });
  }

  async update(
    palId: string,
    operations: readonly JsonPatchOperation[],
    { target, ...call }: UpdatePalOptions,
  ): Promise<UpdateResult> {
    checkOptions("updatePal", jsonPatchSchema, operations);
    const query = target === undefined ? {} : { target };
    return await this.#client.patch(this.#toPath(palId), operations, call, query);
  }

  async publish(palId: string, call: CallOptions): Promise<void> {
    // Documented under the new name only.
    await this.#client.post(`/pals/${toPathSegment("palId", palId)}/publish`, call);
  }

  async delete(palId: string, call: CallOptions): Promise<void> {
    await this.#client.delete(this.#toPath(palId), call);
  }

  async #create(
    path: string,
    body: Readonly<Record<string, unknown>>,
    asked: Readonly<Record<string, string | undefined>>,
    call: CallOptions,
  ): Promise<Pal> {
    const { pipeline_mode: mode } = body;
    const fallbacks = { ...asked, pipeline_mode: typeof mode === "string" ? mode : "full" };
    return await this.#client.create(palSchema, path, body, fallbacks, call);
  }

  #toPath(palId: string): string {
    return `${this.#path}/${toPathSegment("palId", palId)}`;
  }
}
