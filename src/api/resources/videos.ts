import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import { checkOptions, extra, flag, id, optionalText, present, resourceSchema, text } from "../http/fields.ts";
import type { UpdateResult } from "../http/json-patch.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { Collection } from "./collection.ts";

const videoSchema = resourceSchema({
  videoId: present,
  videoName: optionalText,
  faceId: optionalText,
  /** "queued", "generating", "ready", "deleted" or "error", as far as documented. */
  status: optionalText,
  statusDetails: optionalText,
  errorDetails: optionalText,
  hostedUrl: optionalText,
  downloadUrl: optionalText,
  streamUrl: optionalText,
  createdAt: optionalText,
  updatedAt: optionalText,
});

/** A video of a face that says something; made in minutes. */
export type TavusVideo = Resource<z.output<typeof videoSchema>>;

const createSchema = z
  .strictObject({
    faceId: id,
    /** What it says; or `audioUrl`. */
    script: text.min(1).optional(),
    audioUrl: z.url().optional(),
    videoName: text.optional(),
    callbackUrl: z.url().optional(),
    backgroundUrl: z.url().optional(),
    backgroundSourceUrl: z.url().optional(),
    fast: flag.optional(),
    /** Needs `fast`. */
    transparentBackground: flag.optional(),
    watermarkImageUrl: z.url().optional(),
    properties: z.record(z.string(), z.unknown()).optional(),
    extra,
  })
  .refine(({ script, audioUrl }) => (script === undefined) !== (audioUrl === undefined), {
    message: "give either script or audioUrl",
    path: ["script"],
  })
  .refine(({ fast, transparentBackground }) => transparentBackground !== true || fast === true, {
    message: "needs fast",
    path: ["transparentBackground"],
  });

export type CreateVideoOptions = z.input<typeof createSchema>;

/** The videos of the account. */
export class Videos extends Collection<z.output<typeof videoSchema>, CreateVideoOptions> {
  constructor(client: ResourceClient) {
    super(client, { name: "videos", path: "/videos", idField: "videoId", schema: videoSchema, createSchema });
  }

  async rename(videoId: string, videoName: string, call: CallOptions = {}): Promise<UpdateResult> {
    checkOptions("videos.rename", z.string().min(1), videoName);
    return await this.client.patch(`${this.toPath(videoId)}/name`, { video_name: videoName }, call);
  }

  /** With `hard`, the files are erased too, for good. */
  override async delete(videoId: string, call: CallOptions & { readonly hard?: boolean } = {}): Promise<void> {
    await this.client.delete(this.toPath(videoId), call, call.hard);
  }
}
