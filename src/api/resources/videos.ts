import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  flag,
  id,
  optionalText,
  optionsSchema,
  present,
  resourceSchema,
  text,
} from "../http/fields.ts";
import type { UpdateResult } from "../http/json-patch.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { TavusCollection } from "./collection.ts";
import type { CreateVideoOptions, TavusVideo } from "./types/videos.ts";

const videoSchema = resourceSchema<TavusVideo>({
  videoId: present,
  videoName: optionalText,
  faceId: optionalText,
  status: optionalText,
  statusDetails: optionalText,
  errorDetails: optionalText,
  hostedUrl: optionalText,
  downloadUrl: optionalText,
  streamUrl: optionalText,
  createdAt: optionalText,
  updatedAt: optionalText,
});

const createSchema = optionsSchema<CreateVideoOptions>({
  faceId: id,
  script: text.min(1).optional(),
  audioUrl: z.url().optional(),
  videoName: text.optional(),
  callbackUrl: z.url().optional(),
  backgroundUrl: z.url().optional(),
  backgroundSourceUrl: z.url().optional(),
  fast: flag.optional(),
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

/** The videos of the account. */
export class Videos extends TavusCollection<TavusVideo, CreateVideoOptions> {
  /** @internal */
  constructor(client: ResourceClient) {
    super(client, { name: "videos", path: "/videos", idField: "videoId", schema: videoSchema, createSchema });
  }

  /** Renames a video. */
  async rename(videoId: string, videoName: string, call: CallOptions = {}): Promise<UpdateResult> {
    checkOptions("videos.rename", z.string().min(1), videoName);
    return await this.client.patch(`${this.toPath(videoId)}/name`, { video_name: videoName }, call);
  }

  /** Deletes a video. `hard` also erases its files, irrevocably. */
  override async delete(videoId: string, call: CallOptions & { readonly hard?: boolean } = {}): Promise<void> {
    await this.client.delete(this.toPath(videoId), call, call.hard);
  }
}
