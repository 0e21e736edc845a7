import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  id,
  optionalFlag,
  optionalNumber,
  optionalObject,
  optionalText,
  optionalTexts,
  present,
  resourceSchema,
  text,
  texts,
} from "../http/fields.ts";
import { jsonPatchSchema, type JsonPatchOperation, type UpdateResult } from "../http/json-patch.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { Collection } from "./collection.ts";

const deploymentSchema = resourceSchema({
  /** The id that other calls take. */
  deploymentId: present,
  /** The PAL that it offers. */
  palId: optionalText,
  /** "widget", "embed" or "landing-page". */
  channel: optionalText,
  /** "draft", "active" or "inactive". */
  status: optionalText,
  /** The name in the account. */
  name: optionalText,
  /** Whether people need a password. */
  hasPassword: optionalFlag,
  /** Its appearance, with the names on the wire. */
  customization: optionalObject,
  /** Its limits, with the names on the wire. */
  limits: optionalObject,
  /** Sites that may show it. */
  allowedOrigins: optionalTexts,
  /** The total usage, as Tavus counts it. */
  usageTotal: optionalNumber,
  /** Today's usage, as Tavus counts it. */
  usageToday: optionalNumber,
  /** When it was created, as Tavus sends it. */
  createdAt: optionalText,
  /** When it last changed, as Tavus sends it. */
  updatedAt: optionalText,
});

/** A widget or page, hosted by Tavus, through which people meet a pal. Its conversations are billed like any other. */
export type TavusDeployment = Resource<z.output<typeof deploymentSchema>>;

const limit = z.int().min(1).optional();

const createSchema = z.strictObject({
  /** The PAL to offer. */
  palId: id,
  /** How people meet the pal. */
  channel: z.enum(["widget", "embed", "landing-page"]),
  /** The name in the account. */
  name: text.optional(),
  /** Whether people can use it. */
  status: z.enum(["draft", "active", "inactive"]).optional(),
  /** The password that people need. Default: none. */
  password: text.optional(),
  /** Its appearance. Sent unchanged, so use the names on the wire. */
  customization: z.record(z.string(), z.unknown()).optional(),
  /** Default: no limits. */
  limits: z
    .strictObject({
      /** Calls per day. */
      dailyCallLimit: limit,
      /** Calls per day and user. */
      dailyCallLimitPerUser: limit,
      /** Calls at the same time. */
      concurrentCallLimit: limit,
      /** Seconds per call. */
      maxCallDuration: limit,
    })
    .optional(),
  /** Sites that may show a widget or an embed. Default: any. */
  allowedOrigins: texts.optional(),
  /** Fields that this client does not know. Merged last and sent unchanged. */
  extra,
});

/** The options of `deployments.create`. */
export type CreateDeploymentOptions = z.input<typeof createSchema>;

/** Filters of `deployments.list`. */
export interface ListDeploymentsOptions {
  /** Only deployments of this PAL. Default: all. */
  readonly palId?: string | undefined;
  /** Only deployments of this channel. Default: all. */
  readonly channel?: "widget" | "embed" | "landing-page" | undefined;
  /** Only deployments with this status. Default: all. */
  readonly status?: "draft" | "active" | "inactive" | undefined;
}

/** The deployments of the account. */
export class Deployments extends Collection<
  z.output<typeof deploymentSchema>,
  CreateDeploymentOptions,
  ListDeploymentsOptions
> {
  constructor(client: ResourceClient) {
    super(client, {
      name: "deployments",
      path: "/deployments",
      idField: "deploymentId",
      schema: deploymentSchema,
      createSchema,
    });
  }

  /** Changes a deployment with a JSON Patch (RFC 6902). Paths start at the deployment: `/name`. */
  async update(
    deploymentId: string,
    operations: readonly JsonPatchOperation[],
    call: CallOptions = {},
  ): Promise<UpdateResult> {
    checkOptions("deployments.update", jsonPatchSchema, operations);
    return await this.client.patch(this.toPath(deploymentId), operations, call);
  }
}
