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
  optionsSchema,
  present,
  resourceSchema,
  text,
  texts,
} from "../http/fields.ts";
import { jsonPatchSchema, type JsonPatchOperation, type UpdateResult } from "../http/json-patch.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { TavusCollection } from "./collection.ts";
import type { CreateDeploymentOptions, TavusDeployment } from "./types/deployments.ts";

const deploymentSchema = resourceSchema<TavusDeployment>({
  deploymentId: present,
  palId: optionalText,
  channel: optionalText,
  status: optionalText,
  name: optionalText,
  hasPassword: optionalFlag,
  customization: optionalObject,
  limits: optionalObject,
  allowedOrigins: optionalTexts,
  usageTotal: optionalNumber,
  usageToday: optionalNumber,
  createdAt: optionalText,
  updatedAt: optionalText,
});

const limit = z.int().min(1).optional();

const createSchema = optionsSchema<CreateDeploymentOptions>({
  palId: id,
  channel: z.enum(["widget", "embed", "landing-page"]),
  name: text.optional(),
  status: z.enum(["draft", "active", "inactive"]).optional(),
  password: text.optional(),
  customization: z.record(z.string(), z.unknown()).optional(),
  limits: z
    .strictObject({
      dailyCallLimit: limit,
      dailyCallLimitPerUser: limit,
      concurrentCallLimit: limit,
      maxCallDuration: limit,
    })
    .optional(),
  allowedOrigins: texts.optional(),
  extra,
});

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
export class Deployments extends TavusCollection<TavusDeployment, CreateDeploymentOptions, ListDeploymentsOptions> {
  /** @internal */
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
