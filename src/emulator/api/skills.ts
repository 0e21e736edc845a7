import { Hono } from "hono";
import { z } from "zod";

import type { Document } from "../state/resource-store.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { toIsoTime } from "../state/time.ts";
import { checked, failures } from "./failure.ts";
import { readBody, type ApiEnv } from "./request.ts";
import { respondMany, respondOne } from "./respond.ts";

/** The registry, as far as Tavus' documents and tavus-cli name it. */
const SKILLS = [
  { skill_id: "internet_search", name: "Internet Search", description: "Looks things up on the web." },
  { skill_id: "presentation", name: "Presentation", description: "Shows slides of documents." },
  { skill_id: "magic_canvas", name: "Magic Canvas", description: "Shows cards that people can answer." },
  { skill_id: "memory", name: "Memory", description: "Remembers people from call to call." },
] as const;

const configSchema = z.record(z.string(), z.unknown());
const bodySchema = z.object({ config: configSchema.nullish() });
const replaceSchema = z.object({ skills: z.record(z.string(), bodySchema) });

/** /skills: the skills that can be attached. */
export function skillRoutes(state: TavusState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", (context) => respondMany(context, state, { items: SKILLS, show: (skill) => skill }));
  routes.get("/:id", (context) => respondOne(context, state, registered(context.req.param("id"))));
  return routes;
}

/** /pals/{id}/skills: the attached skills, each with its configuration. */
export function palSkillRoutes(state: TavusState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const { catalog, clock, skillsOfPal } = state;

  const attachedTo = (palId: string): Map<string, Document> => {
    if (catalog.pal(palId) === undefined) throw failures.notFound({ error: "PAL not found" });
    return skillsOfPal.get(palId) ?? new Map<string, Document>();
  };
  const attachment = (skillId: string, config: Document, before: Document | undefined): Document => {
    registered(skillId);
    if (skillId === "presentation" && !isFilled(config.document_ids))
      throw failures.badSkill("document_ids", "Missing data for required field.");
    const now = toIsoTime(clock.wallMs());
    return { skill_id: skillId, config, attached_at: before?.attached_at ?? now, updated_at: now };
  };

  routes.get("/:id/skills", (context) =>
    context.json({ data: Object.fromEntries(attachedTo(context.req.param("id"))) }),
  );

  routes.put("/:id/skills", async (context) => {
    const palId = context.req.param("id");
    const before = attachedTo(palId);
    const { skills } = checked(replaceSchema, await readBody(context));
    const entries = Object.entries(skills).map(
      ([skillId, { config }]) => [skillId, attachment(skillId, config ?? {}, before.get(skillId))] as const,
    );
    skillsOfPal.set(palId, new Map(entries));
    return context.json({ data: Object.fromEntries(entries) });
  });

  routes.get("/:id/skills/:skillId", (context) => {
    const { id, skillId } = context.req.param();
    return context.json(found(attachedTo(id), skillId));
  });

  routes.put("/:id/skills/:skillId", async (context) => {
    const { id, skillId } = context.req.param();
    const attached = attachedTo(id);
    const { config } = checked(bodySchema, await readBody(context));
    const changed = attachment(skillId, config ?? {}, attached.get(skillId));
    skillsOfPal.set(id, attached.set(skillId, changed));
    return context.json(changed);
  });

  // Fields are replaced; those set to null are removed.
  routes.patch("/:id/skills/:skillId", async (context) => {
    const { id, skillId } = context.req.param();
    const attached = attachedTo(id);
    const before = found(attached, skillId);
    const { config } = checked(bodySchema, await readBody(context));
    const merged = Object.entries({ ...checked(configSchema, before.config), ...config });
    const changed = attachment(skillId, Object.fromEntries(merged.filter(([, value]) => value !== null)), before);
    attached.set(skillId, changed);
    return context.json(changed);
  });

  routes.delete("/:id/skills/:skillId", (context) => {
    const { id, skillId } = context.req.param();
    const attached = attachedTo(id);
    found(attached, skillId);
    attached.delete(skillId);
    return context.body(null, 204);
  });

  return routes;
}

function registered(skillId: string): Document {
  const skill = SKILLS.find(({ skill_id: id }) => id === skillId);
  if (skill === undefined) throw failures.unknownSkill(skillId);
  return skill;
}

function found(attached: ReadonlyMap<string, Document>, skillId: string): Document {
  registered(skillId);
  const attachment = attached.get(skillId);
  if (attachment === undefined) throw failures.notFound({ error: "Skill not attached to this PAL" });
  return attachment;
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
