import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import { checkOptions, optionalObject, optionalText, toPathSegment, present, resourceSchema } from "../http/fields.ts";
import type { Listing } from "../http/listing.ts";
import { isRecord } from "../names.ts";
import { readJson, readWith } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import type { PalSkill, TavusSkill } from "./types/skills.ts";

const skillSchema = resourceSchema<TavusSkill>({
  skillId: present,
  name: optionalText,
  description: optionalText,
});

const palSkillSchema = resourceSchema<PalSkill>({
  skillId: present,
  config: optionalObject,
  attachedAt: optionalText,
  updatedAt: optionalText,
});

const configSchema = z.record(z.string(), z.unknown());

/** Tavus' skills, and the skills of each PAL. */
export class Skills {
  readonly #client: ResourceClient;

  /** @internal */
  constructor(client: ResourceClient) {
    this.#client = client;
  }

  /** Lists the skills that Tavus offers. */
  list(call: CallOptions = {}): Listing<TavusSkill> {
    return this.#client.list(skillSchema, "/skills", { ...call, getId: ({ skillId }) => skillId });
  }

  /** Gets one skill. */
  async get(skillId: string, call: CallOptions = {}): Promise<TavusSkill> {
    const path = `/skills/${toPathSegment("skillId", skillId)}`;
    return await this.#client.get(skillSchema, path, { skill_id: skillId }, call);
  }

  /** Lists the skills of a PAL. */
  async listOfPal(palId: string, call: CallOptions = {}): Promise<PalSkill[]> {
    const path = toPalSkillsPath(palId);
    const { text } = await this.#client.http.send({ method: "GET", path, retry: "repeatable", ...call });
    return this.#readAll(text, "GET", path);
  }

  /** Gets one skill of a PAL. */
  async getOfPal(palId: string, skillId: string, call: CallOptions = {}): Promise<PalSkill> {
    return await this.#client.get(palSkillSchema, toPalSkillPath(palId, skillId), { skill_id: skillId }, call);
  }

  /**
   * Adds a skill to a PAL, or replaces the configuration of a skill that it has. `config` has the names on the wire.
   */
  async attach(
    palId: string,
    skillId: string,
    config: Readonly<Record<string, unknown>> = {},
    call: CallOptions = {},
  ): Promise<PalSkill> {
    checkOptions("skills.attach", configSchema, config);
    const path = toPalSkillPath(palId, skillId);
    const { text } = await this.#client.put(path, call, { config });
    return readWith(palSkillSchema, text, `PUT ${path}`, { skill_id: skillId });
  }

  /** Changes fields of a skill's configuration. null removes a field. */
  async update(
    palId: string,
    skillId: string,
    config: Readonly<Record<string, unknown>>,
    call: CallOptions = {},
  ): Promise<void> {
    checkOptions("skills.update", configSchema, config);
    await this.#client.patch(toPalSkillPath(palId, skillId), { config }, call);
  }

  /** Removes a skill from a PAL. */
  async detach(palId: string, skillId: string, call: CallOptions = {}): Promise<void> {
    await this.#client.delete(toPalSkillPath(palId, skillId), call);
  }

  /** Replaces all skills of a PAL. `skills` maps each id to its configuration. */
  async replaceAll(
    palId: string,
    skills: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    call: CallOptions = {},
  ): Promise<PalSkill[]> {
    checkOptions("skills.replaceAll", z.record(z.string().min(1), configSchema), skills);
    const path = toPalSkillsPath(palId);
    const wanted = Object.entries(skills).map(([skillId, config]) => [skillId, { config }] as const);
    const { text } = await this.#client.put(path, call, { skills: Object.fromEntries(wanted) });
    return this.#readAll(text, "PUT", path);
  }

  /** Reads `{data: {skill_id: {…}}}`: an object, where other resources have a list. */
  #readAll(text: string, method: string, path: string): PalSkill[] {
    const body = readJson(text, `${method} ${path}`);
    const data = isRecord(body) && isRecord(body.data) ? body.data : body;
    if (!isRecord(data)) return this.#client.readAll(palSkillSchema, text, method, path);
    const entries = Object.entries(data).map(([skillId, one]) => (isRecord(one) ? { skill_id: skillId, ...one } : one));
    return this.#client.readAll(palSkillSchema, JSON.stringify(entries), method, path);
  }
}

// Documented under the new name only.
function toPalSkillsPath(palId: string): string {
  return `/pals/${toPathSegment("palId", palId)}/skills`;
}

function toPalSkillPath(palId: string, skillId: string): string {
  return `${toPalSkillsPath(palId)}/${toPathSegment("skillId", skillId)}`;
}
