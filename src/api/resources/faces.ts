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
  /** The id that other calls take. */
  faceId: present,
  /** The name in the account. */
  faceName: optionalText,
  /** "started", "completed" or "error", as far as documented. */
  status: optionalText,
  /** The progress of the training, such as "100/100". */
  trainingProgress: optionalText,
  /** A short video of the face. */
  thumbnailVideoUrl: optionalText,
  /** "user" or "system" (Tavus' stock). Lists have it only with `verbose`. */
  faceType: optionalText,
  /** The model that renders it, such as "phoenix-4". */
  modelName: optionalText,
  /** The id of its voice. */
  defaultVoiceId: optionalText,
  /** Phoenix-4.5: the status of the tuning that continues after the face can be used. */
  finetuneStatus: optionalText,
  /** With status "error": what went wrong, in Tavus' words. */
  errorMessage: optionalText,
  /** When it was created, as Tavus sends it. */
  createdAt: optionalText,
  /** When it last changed, as Tavus sends it. */
  updatedAt: optionalText,
});

/** A face (formerly replica): how a pal looks and sounds. */
export type Face = Resource<z.output<typeof faceSchema>>;

const createSchema = z
  .strictObject({
    /** The video to train from. Give either this or `trainImageUrl`. */
    trainVideoUrl: z.url().optional(),
    /** The image to train from. Requires `voiceName`. */
    trainImageUrl: z.url().optional(),
    /** The stock voice of a face that is trained from an image; see `voices.list`. */
    voiceName: text.optional(),
    /** A video in which the person consents. */
    consentVideoUrl: z.url().optional(),
    /** The name in the account. */
    faceName: text.optional(),
    /** The model to train, such as "phoenix-4" (Tavus' default). */
    modelName: text.optional(),
    /** The URL that receives the result of the training. */
    callbackUrl: z.url().optional(),
    /** Whether Tavus may correct the image. */
    autoFixTrainingImage: flag.optional(),
    /** More properties, such as `background_green_screen`, with the names on the wire. */
    properties: z.record(z.string(), z.unknown()).optional(),
    /** Fields that this client does not know. Merged last and sent unchanged. */
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

/** The options of `createFace`. */
export type CreateFaceOptions = z.input<typeof createSchema>;

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
