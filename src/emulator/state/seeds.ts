import { z } from "zod";

import { InvalidOptionError } from "../../util/errors.ts";
import type { CatalogOptions } from "./catalog.ts";
import type { EmulatedFace, EmulatedPal } from "../conversations/conversation.ts";
import { hasMicrophone } from "./pal-layers.ts";
import { STOCK_CREATED_AT, STOCK_PALS } from "./stock-pals.ts";
import { STOCK_FACE_NAMES } from "./stock-faces.ts";

const id = z.string().regex(/^[\w-]{1,100}$/, "must be 1 to 100 letters, digits, hyphens and underscores");
const name = z.string().nullish();

const faceSchema = z.looseObject({
  face_id: id.optional(),
  replica_id: id.optional(),
  face_name: name,
  replica_name: name,
  model_name: z.string().nullish(),
});
const palSchema = z.looseObject({
  pal_id: id.optional(),
  persona_id: id.optional(),
  pal_name: name,
  persona_name: name,
  pipeline_mode: z.enum(["full", "echo", "speech-to-speech"]).default("full"),
  system_prompt: z.string().nullish(),
  default_face_id: id.nullish(),
  default_replica_id: id.nullish(),
  layers: z.record(z.string(), z.unknown()).nullish(),
});
const seedsSchema = z.strictObject({
  faces: z.array(faceSchema).max(500).default([]),
  pals: z.array(palSchema).max(500).default([]),
});

/** A face as the API represents it, under either name. Other fields are kept. */
export interface FaceSeed {
  /** 1 to 100 letters, digits, hyphens and underscores. One of the two ids is needed. */
  readonly face_id?: string | undefined;
  /** The old name of `face_id`. */
  readonly replica_id?: string | undefined;
  /** Default: the id. */
  readonly face_name?: string | null | undefined;
  /** The old name of `face_name`. */
  readonly replica_name?: string | null | undefined;
  /** Default "phoenix-4". */
  readonly model_name?: string | null | undefined;
  readonly [field: string]: unknown;
}

/** A PAL as the API represents it, under either name. Other fields are kept, and a `GET` answers with them. */
export interface PalSeed {
  /** 1 to 100 letters, digits, hyphens and underscores. One of the two ids is needed. */
  readonly pal_id?: string | undefined;
  /** The old name of `pal_id`. */
  readonly persona_id?: string | undefined;
  /** Default: the id. */
  readonly pal_name?: string | null | undefined;
  /** The old name of `pal_name`. */
  readonly persona_name?: string | null | undefined;
  /** Default "full". */
  readonly pipeline_mode?: "full" | "echo" | "speech-to-speech" | undefined;
  /** What its language model is told to be. */
  readonly system_prompt?: string | null | undefined;
  /** A stock face, or one of these seeds. */
  readonly default_face_id?: string | null | undefined;
  /** The old name of `default_face_id`. */
  readonly default_replica_id?: string | null | undefined;
  /** As the API accepts them; `transport.input_settings.microphone` decides how the pal gets its words. */
  readonly layers?: Readonly<Record<string, unknown>> | null | undefined;
  readonly [field: string]: unknown;
}

/** Faces and PALs as the API represents them, under either name: the answer of a `GET` can be pasted. */
export interface EmulatorSeeds {
  /** At most 500. Default: none. */
  readonly faces?: readonly FaceSeed[] | undefined;
  /** At most 500. Default: none. */
  readonly pals?: readonly PalSeed[] | undefined;
}

type Wording<T extends z.ZodType> = z.output<T>;

/** Parses seeds into faces and PALs. Throws an InvalidOptionError that lists every problem. */
export function readSeeds(seeds: unknown, { acceptAnyId = false } = {}): Pick<CatalogOptions, "faces" | "pals"> {
  const parsed = seedsSchema.safeParse(seeds);
  if (parsed.error) throw seedsError(parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`));
  const faces = parsed.data.faces.map(toFace);
  const pals = parsed.data.pals.map(toPal);
  const known = new Set([...Object.values(STOCK_FACE_NAMES).flatMap(Object.keys), ...faces.map((face) => face.id)]);
  const problems = [
    ...problemsOfIds("faces", "face_id", faces),
    ...problemsOfIds("pals", "pal_id", pals),
    ...pals.flatMap(({ defaultFaceId }, index) =>
      defaultFaceId === null || known.has(defaultFaceId) || acceptAnyId
        ? []
        : [`pals.${index}.default_face_id: no such face: ${defaultFaceId}; add it to faces`],
    ),
  ];
  if (problems.length > 0) throw seedsError(problems);
  return { faces, pals };
}

function problemsOfIds(kind: string, key: string, items: readonly { readonly id: string }[]): string[] {
  const stock = new Set(STOCK_PALS.map((pal) => pal.id));
  return items.flatMap((item, index) => {
    if (item.id === "") return [`${kind}.${index}.${key}: is missing`];
    if (kind === "pals" && stock.has(item.id)) return [`${kind}.${index}.${key}: ${item.id} is one of Tavus' own`];
    const isRepeated = items.findIndex((other) => other.id === item.id) < index;
    return isRepeated ? [`${kind}.${index}.${key}: ${item.id} is there twice`] : [];
  });
}

function seedsError(problems: readonly string[]): InvalidOptionError {
  return new InvalidOptionError("seeds", `cannot be used: ${problems.join("; ")}.`);
}

function toFace(face: Wording<typeof faceSchema>): EmulatedFace {
  const faceId = face.face_id ?? face.replica_id ?? "";
  return {
    id: faceId,
    name: face.face_name ?? face.replica_name ?? faceId,
    modelName: face.model_name ?? "phoenix-4",
    type: "user",
    status: "completed",
    createdAt: STOCK_CREATED_AT,
    updatedAt: STOCK_CREATED_AT,
  };
}

function toPal(pal: Wording<typeof palSchema>): EmulatedPal {
  const { pal_id, persona_id, pal_name, persona_name, pipeline_mode, system_prompt, ...rest } = pal;
  const { default_face_id, default_replica_id, layers, created_at: _made, updated_at: _changed, ...more } = rest;
  const palId = pal_id ?? persona_id ?? "";
  const microphone = hasMicrophone(layers ?? {});
  return {
    id: palId,
    name: pal_name ?? persona_name ?? palId,
    pipelineMode: pipeline_mode,
    delivery: microphone === undefined ? "any" : microphone ? "track" : "messages",
    defaultFaceId: default_face_id ?? default_replica_id ?? null,
    systemPrompt: system_prompt ?? null,
    layers: layers ?? {},
    more,
    type: "user",
    createdAt: STOCK_CREATED_AT,
    updatedAt: STOCK_CREATED_AT,
  };
}
