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
  deploymentId: present,
  palId: optionalText,
  /** "widget", "embed" or "landing-page". */
  channel: optionalText,
  /** "draft", "active" or "inactive". */
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

/** A way a pal is offered to people, hosted by Tavus. Its conversations are billed like any other. */
export type TavusDeployment = Resource<z.output<typeof deploymentSchema>>;

const limit = z.int().min(1).optional();

const createSchema = z.strictObject({
  palId: id,
  channel: z.enum(["widget", "embed", "landing-page"]),
  name: text.optional(),
  status: z.enum(["draft", "active", "inactive"]).optional(),
  password: text.optional(),
  /** In Tavus' own words, as they are on the wire. */
  customization: z.record(z.string(), z.unknown()).optional(),
  /** Calls, and seconds. Default: no limits. */
  limits: z
    .strictObject({
      dailyCallLimit: limit,
      dailyCallLimitPerUser: limit,
      concurrentCallLimit: limit,
      maxCallDuration: limit,
    })
    .optional(),
  /** Sites that may show a widget or an embed; none: any. */
  allowedOrigins: texts.optional(),
  extra,
});

export type CreateDeploymentOptions = z.input<typeof createSchema>;

export interface ListDeploymentsOptions {
  readonly palId?: string | undefined;
  readonly channel?: "widget" | "embed" | "landing-page" | undefined;
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

  /** Paths begin at the deployment: `/name`. */
  async update(
    deploymentId: string,
    operations: readonly JsonPatchOperation[],
    call: CallOptions = {},
  ): Promise<UpdateResult> {
    checkOptions("deployments.update", jsonPatchSchema, operations);
    return await this.client.patch(this.toPath(deploymentId), operations, call);
  }
}
