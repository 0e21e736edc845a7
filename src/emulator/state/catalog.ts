import type { EmulatedFace, EmulatedPal } from "../conversations/conversation.ts";
import { STOCK_FACE_NAMES } from "./stock-faces.ts";
import { STOCK_CREATED_AT, STOCK_FACE_ID, STOCK_PALS } from "./stock-pals.ts";

const STOCK = {
  type: "system",
  status: "completed",
  createdAt: STOCK_CREATED_AT,
  updatedAt: STOCK_CREATED_AT,
} as const;

const STOCK_FACES: readonly EmulatedFace[] = Object.entries(STOCK_FACE_NAMES).flatMap(([modelName, names]) =>
  Object.entries(names).map(([id, name]): EmulatedFace => ({ ...STOCK, id, name, modelName })),
);

/** At most this many PALs, and as many faces, per account; more are rejected. */
const MAX_OF_A_KIND = 1000;
/** The shape of an id that `acceptAnyId` accepts. */
const ID = /^[\w-]{1,100}$/;

export interface CatalogOptions {
  /** PALs and faces in addition to Tavus' stock. */
  readonly pals?: readonly EmulatedPal[] | undefined;
  readonly faces?: readonly EmulatedFace[] | undefined;
  /** Creates a PAL or face for every id requested. Default false. */
  readonly acceptAnyId?: boolean | undefined;
}

/** The account's PALs and faces: Tavus' stock, the seeded ones and the created ones. */
export class Catalog {
  readonly #pals = new Map(STOCK_PALS.map((pal) => [pal.id, pal]));
  readonly #faces = new Map(STOCK_FACES.map((face) => [face.id, face]));
  readonly #acceptAnyId: boolean;

  constructor({ pals = [], faces = [], acceptAnyId = false }: CatalogOptions = {}) {
    this.#acceptAnyId = acceptAnyId;
    for (const face of faces) this.#faces.set(face.id, face);
    for (const pal of pals) this.#pals.set(pal.id, pal);
  }

  pal(id: string): EmulatedPal | undefined {
    if (!this.#pals.has(id) && this.#accepts(id)) this.addPal(anyPal(id));
    return this.#pals.get(id);
  }

  face(id: string): EmulatedFace | undefined {
    if (!this.#faces.has(id) && this.#accepts(id)) this.addFace(anyFace(id));
    return this.#faces.get(id);
  }

  get pals(): EmulatedPal[] {
    return [...this.#pals.values()];
  }

  get faces(): EmulatedFace[] {
    return [...this.#faces.values()];
  }

  /** Adds or replaces a PAL; false when there are too many. */
  addPal(pal: EmulatedPal): boolean {
    if (this.#pals.size >= MAX_OF_A_KIND && !this.#pals.has(pal.id)) return false;
    this.#pals.set(pal.id, pal);
    return true;
  }

  deletePal(id: string): void {
    this.#pals.delete(id);
  }

  /** Adds or replaces a face; false when there are too many. */
  addFace(face: EmulatedFace): boolean {
    if (this.#faces.size >= MAX_OF_A_KIND && !this.#faces.has(face.id)) return false;
    this.#faces.set(face.id, face);
    return true;
  }

  deleteFace(id: string): void {
    this.#faces.delete(id);
  }

  #accepts(id: string): boolean {
    return this.#acceptAnyId && ID.test(id);
  }
}

/** A PAL made up for an unknown id echoes both tracks and messages. */
function anyPal(id: string): EmulatedPal {
  return {
    id,
    name: `PAL ${id}`,
    pipelineMode: "echo",
    delivery: "any",
    defaultFaceId: STOCK_FACE_ID,
    systemPrompt: null,
    layers: {},
    more: {},
    type: "user",
    createdAt: STOCK_CREATED_AT,
    updatedAt: STOCK_CREATED_AT,
  };
}

function anyFace(id: string): EmulatedFace {
  return { ...STOCK, id, name: `Face ${id}`, modelName: "phoenix-4", type: "user" };
}
