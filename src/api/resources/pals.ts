import { z } from "zod";

import { InvalidOptionError } from "../../util/errors.ts";
import type { CallOptions } from "../http/call-options.ts";
import { checkOptions, extra, flag, id, optionsSchema, text, texts, toPathSegment } from "../http/fields.ts";
import { jsonPatchSchema, type JsonPatchOperation, type UpdateResult } from "../http/json-patch.ts";
import type { Listing } from "../http/listing.ts";
import { FACE_VARIABLE, type OldNames } from "../old-names.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { palSchema } from "../schemas.ts";
import type { Pal } from "../types.ts";
import { askUnderEitherName } from "./either-name.ts";
import type { CreatePalOptions, CreatePersonaOptions } from "./types/pals.ts";

const layer = z.record(z.string(), z.unknown());

const layersSchema = z.looseObject({
  llm: layer.optional(),
  tts: layer.optional(),
  stt: layer.optional(),
  perception: layer.optional(),
  conversationalFlow: layer.optional(),
  transport: z
    .looseObject({
      transportType: text.optional(),
      inputSettings: z.looseObject({ microphone: z.enum(["enabled", "disabled"]).optional() }).optional(),
      roomSettings: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
});

const upTo50 = texts.max(50).optional();

const shape = {
  systemPrompt: text.optional(),
  pipelineMode: z.enum(["full", "speech-to-speech", "echo"]).optional(),
  greeting: text.optional(),
  toolIds: z.array(id).max(50).optional(),
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

function hasPrompt({ pipelineMode, systemPrompt }: { pipelineMode?: unknown; systemPrompt?: unknown }): boolean {
  const isFull = pipelineMode === undefined || pipelineMode === "full";
  return !isFull || (systemPrompt !== undefined && systemPrompt !== "");
}
const promptRule = { message: 'is needed unless pipelineMode is "echo" or "speech-to-speech"', path: ["systemPrompt"] };

const createPalSchema = optionsSchema<CreatePalOptions>({
  palName: id.optional(),
  defaultFaceId: id.optional(),
  defaultReplicaId: id.optional(),
  ...shape,
}).refine(hasPrompt, promptRule);
const createPersonaSchema = optionsSchema<CreatePersonaOptions>({
  personaName: id.optional(),
  defaultReplicaId: id.optional(),
  ...shape,
}).refine(hasPrompt, promptRule);

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
