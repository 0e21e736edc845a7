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

/** What a pal is made of. Beside the fields named here each layer takes all that Tavus knows, in either spelling. */
const layersSchema = z.looseObject({
  llm: layer.optional(),
  tts: layer.optional(),
  stt: layer.optional(),
  perception: layer.optional(),
  conversationalFlow: layer.optional(),
  transport: z
    .looseObject({
      /** "livekit" for LiveKit's rooms. Default: Daily's. */
      transportType: text.optional(),
      /** "enabled": the pal says what it hears from microphones in the room. */
      inputSettings: z.looseObject({ microphone: z.enum(["enabled", "disabled"]).optional() }).optional(),
      roomSettings: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
});

const upTo50 = texts.max(50).optional();

const shape = {
  systemPrompt: text.optional(),
  /**
   * "full" (Tavus' default): hears, thinks and speaks by itself; so does "speech-to-speech", with one model. "echo": says
   * what a bot passes to it.
   */
  pipelineMode: z.enum(["full", "speech-to-speech", "echo"]).optional(),
  /** What the pal says first. */
  greeting: text.optional(),
  /** Tools that it has from the beginning. */
  toolIds: z.array(id).max(50).optional(),
  /** Merged into the system prompt; Tavus advises against it. */
  context: text.optional(),
  documentIds: texts.optional(),
  documentTags: texts.optional(),
  objectivesId: id.optional(),
  guardrailsId: id.optional(),
  guardrailIds: upTo50,
  guardrailTags: upTo50,
  languages: texts.optional(),
  disclosureType: z.enum(["always", "auto", "off"]).optional(),
  verbalDisclosure: z.union([flag, text]).optional(),
  visualDisclosure: z.union([flag, text]).optional(),
  layers: layersSchema.optional(),
  extra,
};

function needsPrompt({ pipelineMode, systemPrompt }: { pipelineMode?: unknown; systemPrompt?: unknown }): boolean {
  const isFull = pipelineMode === undefined || pipelineMode === "full";
  return !isFull || (systemPrompt !== undefined && systemPrompt !== "");
}
const promptRule = { message: 'is needed unless pipelineMode is "echo" or "speech-to-speech"', path: ["systemPrompt"] };

const createPalSchema = z
  .strictObject({ palName: id.optional(), defaultFaceId: id.optional(), defaultReplicaId: id.optional(), ...shape })
  .refine(needsPrompt, promptRule);
const createPersonaSchema = z
  .strictObject({ personaName: id.optional(), defaultReplicaId: id.optional(), ...shape })
  .refine(needsPrompt, promptRule);

/** Of `defaultFaceId`, `defaultReplicaId` (its old name), TAVUS_FACE_ID and TAVUS_REPLICA_ID one must be given. */
export type CreatePalOptions = z.input<typeof createPalSchema>;
export type CreatePersonaOptions = z.input<typeof createPersonaSchema>;

export interface ListPalsOptions extends CallOptions {
  /** "system": Tavus' stock. Default: both. */
  readonly palType?: "user" | "system" | undefined;
}

export interface UpdatePalOptions extends CallOptions {
  /** "live": past the draft that Tavus' PAL Builder keeps. Default: what Tavus takes for it. */
  readonly target?: "live" | "draft" | undefined;
}

/** The pals of the account and Tavus' own. */
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

  /** The older endpoint, which needs no face. */
  async createPersona(options: CreatePersonaOptions, call: CallOptions): Promise<Pal> {
    checkOptions("createPersona", createPersonaSchema, options);
    const asked = { pal_name: options.personaName, default_face_id: options.defaultReplicaId };
    return await this.#create("/personas", this.#client.toBody(options, "old"), asked, call);
  }

  /** Asks for it under the other name of the resource too when the first does not know it. */
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
    // Documented under the new name alone.
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
