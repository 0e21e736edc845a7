import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import { checkOptions, extra, flag, id, optionalText, present, resourceSchema, text } from "../http/fields.ts";
import type { UpdateResult } from "../http/json-patch.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { Collection } from "./collection.ts";

const videoSchema = resourceSchema({
  /** The id that other calls take. */
  videoId: present,
  /** The name in the account. */
  videoName: optionalText,
  /** The face that speaks. */
  faceId: optionalText,
  /** "queued", "generating", "ready", "deleted" or "error", as far as documented. */
  status: optionalText,
  /** More about the status, in Tavus' words. */
  statusDetails: optionalText,
  /** With status "error": what went wrong, in Tavus' words. */
  errorDetails: optionalText,
  /** A page that plays it. */
  hostedUrl: optionalText,
  /** Its file. Set once it is ready. */
  downloadUrl: optionalText,
  /** Its stream. Set once it is ready. */
  streamUrl: optionalText,
  /** When it was created, as Tavus sends it. */
  createdAt: optionalText,
  /** When it last changed, as Tavus sends it. */
  updatedAt: optionalText,
});

/** A video of a face that speaks a script or a recording. */
export type TavusVideo = Resource<z.output<typeof videoSchema>>;

const createSchema = z
  .strictObject({
    /** The face that speaks. */
    faceId: id,
    /** The text that it speaks. Give either this or `audioUrl`. */
    script: text.min(1).optional(),
    /** A recording that it speaks. */
    audioUrl: z.url().optional(),
    /** The name in the account. */
    videoName: text.optional(),
    /** The URL that receives the finished video. */
    callbackUrl: z.url().optional(),
    /** The URL of the background (`background_url`). */
    backgroundUrl: z.url().optional(),
    /** The URL of the background's source (`background_source_url`). */
    backgroundSourceUrl: z.url().optional(),
    /** Uses Tavus' faster rendering. */
    fast: flag.optional(),
    /** Makes the background transparent. Requires `fast`. */
    transparentBackground: flag.optional(),
    /** An image to show as a watermark. */
    watermarkImageUrl: z.url().optional(),
    /** More properties, such as `background_scroll`, with the names on the wire. */
    properties: z.record(z.string(), z.unknown()).optional(),
    /** Fields that this client does not know. Merged last and sent unchanged. */
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

/** The options of `videos.create`. */
export type CreateVideoOptions = z.input<typeof createSchema>;

/** The videos of the account. */
export class Videos extends Collection<z.output<typeof videoSchema>, CreateVideoOptions> {
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
