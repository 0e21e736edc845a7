import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  flag,
  optionalText,
  toPathSegment,
  present,
  resourceSchema,
  text,
} from "../http/fields.ts";
import type { UpdateResult } from "../http/json-patch.ts";
import type { Listing } from "../http/listing.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { askUnderEitherName } from "./either-name.ts";

const faceSchema = resourceSchema({
  faceId: present,
  faceName: optionalText,
  /** "started", "completed" or "error", as far as documented. */
  status: optionalText,
  /** Such as "100/100". */
  trainingProgress: optionalText,
  thumbnailVideoUrl: optionalText,
  /** "user" or "system"; lists tell it only when asked verbosely. */
  faceType: optionalText,
  modelName: optionalText,
  defaultVoiceId: optionalText,
  finetuneStatus: optionalText,
  errorMessage: optionalText,
  createdAt: optionalText,
  updatedAt: optionalText,
});

/** How a pal looks and sounds: a replica, by its older name. */
export type Face = Resource<z.output<typeof faceSchema>>;

const createSchema = z
  .strictObject({
    /** A video to train from; or `trainImageUrl`. */
    trainVideoUrl: z.url().optional(),
    /** Needs `voiceName`. */
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

export type CreateFaceOptions = z.input<typeof createSchema>;

export interface ListFacesOptions extends CallOptions {
  /** "system": Tavus' stock. Default: what Tavus takes for it. */
  readonly faceType?: "user" | "system" | undefined;
  readonly faceIds?: readonly string[] | undefined;
  readonly modelName?: string | undefined;
  readonly verbose?: boolean | undefined;
}

/** The faces of the account and Tavus' own. */
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
