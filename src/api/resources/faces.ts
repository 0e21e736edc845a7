import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  flag,
  optionalText,
  optionsSchema,
  present,
  resourceSchema,
  text,
  toPathSegment,
} from "../http/fields.ts";
import type { UpdateResult } from "../http/json-patch.ts";
import type { Listing } from "../http/listing.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { askUnderEitherName } from "./either-name.ts";
import type { CreateFaceOptions, Face } from "./types/faces.ts";

const faceSchema = resourceSchema<Face>({
  faceId: present,
  faceName: optionalText,
  status: optionalText,
  trainingProgress: optionalText,
  thumbnailVideoUrl: optionalText,
  faceType: optionalText,
  modelName: optionalText,
  defaultVoiceId: optionalText,
  finetuneStatus: optionalText,
  errorMessage: optionalText,
  createdAt: optionalText,
  updatedAt: optionalText,
});

const createSchema = optionsSchema<CreateFaceOptions>({
  trainVideoUrl: z.url().optional(),
  trainImageUrl: z.url().optional(),
  voiceName: text.optional(),
  consentVideoUrl: z.url().optional(),
  faceName: text.optional(),
  modelName: text.optional(),
  callbackUrl: z.url().optional(),
  autoFixTrainingImage: flag.optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  extra,
})
  .refine(({ trainVideoUrl, trainImageUrl }) => (trainVideoUrl === undefined) !== (trainImageUrl === undefined), {
    message: "give either trainVideoUrl or trainImageUrl",
    path: ["trainVideoUrl"],
  })
  .refine(({ trainImageUrl, voiceName }) => trainImageUrl === undefined || voiceName !== undefined, {
    message: "is needed with trainImageUrl",
    path: ["voiceName"],
  });

/** Filters of `listFaces`. */
export interface ListFacesOptions extends CallOptions {
  /** "system" lists Tavus' stock. Default: Tavus' own. */
  readonly faceType?: "user" | "system" | undefined;
  /** Only faces with these ids. Default: all. */
  readonly faceIds?: readonly string[] | undefined;
  /** Only faces of this model. Default: all. */
  readonly modelName?: string | undefined;
  /** Whether to include more fields, such as `faceType`. Default false. */
  readonly verbose?: boolean | undefined;
}

/** The faces of the account and Tavus' stock. */
export class Faces {
  readonly #client: ResourceClient;
  readonly #path: "/faces" | "/replicas";

  constructor(client: ResourceClient) {
    this.#client = client;
    this.#path = client.wireNames === "new" ? "/faces" : "/replicas";
  }

  async create(options: CreateFaceOptions, call: CallOptions): Promise<Face> {
    checkOptions("createFace", createSchema, options);
    const body = this.#client.toBody(options);
    return await this.#client.create(faceSchema, this.#path, body, { face_name: options.faceName }, call);
  }

  async get(faceId: string, call: CallOptions): Promise<Face> {
    const id = toPathSegment("faceId", faceId);
    const paths = this.#path === "/faces" ? (["/faces", "/replicas"] as const) : (["/replicas", "/faces"] as const);
    return await askUnderEitherName(paths, (path) =>
      this.#client.get(faceSchema, `${path}/${id}`, { face_id: faceId }, call),
    );
  }

  list({ faceIds, signal, timeoutMs, ...rest }: ListFacesOptions): Listing<Face> {
    const filters = { ...rest, faceIds: faceIds?.join(",") };
    return this.#client.list(faceSchema, this.#path, { filters, signal, timeoutMs, getId: ({ faceId }) => faceId });
  }

  async rename(faceId: string, faceName: string, call: CallOptions): Promise<UpdateResult> {
    checkOptions("renameFace", z.string().min(1), faceName);
    const path = `${this.#path}/${toPathSegment("faceId", faceId)}/name`;
    return await this.#client.patch(path, this.#client.toBody({ faceName }), call);
  }

  async delete(faceId: string, call: CallOptions & { readonly hard?: boolean }): Promise<void> {
    await this.#client.delete(`${this.#path}/${toPathSegment("faceId", faceId)}`, call, call.hard);
  }
}
