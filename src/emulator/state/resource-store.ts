export type Document = Readonly<Record<string, unknown>>;

/** Creations beyond this are rejected. */
const MAX_RESOURCES = 1000;

/** Resources of one kind; listed newest first. */
export class ResourceStore {
  readonly #byId = new Map<string, Document>();

  get(id: string): Document | undefined {
    return this.#byId.get(id);
  }

  list(): Document[] {
    return [...this.#byId.values()].reverse();
  }

  /** Adds or replaces one; false when there are too many. */
  put(id: string, resource: Document): boolean {
    if (this.#byId.size >= MAX_RESOURCES && !this.#byId.has(id)) return false;
    this.#byId.set(id, resource);
    return true;
  }

  /** Changes a resource; no-op when it has been deleted. */
  update(id: string, changes: Document): void {
    const resource = this.#byId.get(id);
    if (resource !== undefined) this.#byId.set(id, { ...resource, ...changes });
  }

  delete(id: string): boolean {
    return this.#byId.delete(id);
  }
}
