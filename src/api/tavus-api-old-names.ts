import type { CallOptions } from "./http/call-options.ts";
import type { JsonPatchOperation, UpdateResult } from "./http/json-patch.ts";
import type { Listing } from "./http/listing.ts";
import type { OldNames } from "./old-names.ts";
import type { ListFacesOptions } from "./resources/faces.ts";
import type { ListPalsOptions, UpdatePalOptions } from "./resources/pals.ts";
import type { CreateFaceOptions, Face } from "./resources/types/faces.ts";
import type { CreatePersonaOptions } from "./resources/types/pals.ts";
import type { Pal } from "./types.ts";

/** The options of `createReplica`: those of `createFace`, with `replicaName` instead of `faceName`. */
export type CreateReplicaOptions = Omit<CreateFaceOptions, "faceName"> & {
  /** The name in the account. */
  readonly replicaName?: string | undefined;
};

/** The methods of TavusApi under their names from before mid-2026. Each warns once and then calls its successor. */
export abstract class TavusApiOldNames {
  /** Warns about old names. @internal */
  protected abstract readonly oldNames: OldNames;

  /** See {@link TavusApi.getPal}. */
  abstract getPal(palId: string, call?: CallOptions): Promise<Pal>;
  /** See {@link TavusApi.listPals}. */
  abstract listPals(options?: ListPalsOptions): Listing<Pal>;
  /** See {@link TavusApi.updatePal}. */
  abstract updatePal(
    palId: string,
    operations: readonly JsonPatchOperation[],
    options?: UpdatePalOptions,
  ): Promise<UpdateResult>;
  /** See {@link TavusApi.deletePal}. */
  abstract deletePal(palId: string, call?: CallOptions): Promise<void>;
  /** See {@link TavusApi.createFace}. */
  abstract createFace(options: CreateFaceOptions, call?: CallOptions): Promise<Face>;
  /** See {@link TavusApi.getFace}. */
  abstract getFace(faceId: string, call?: CallOptions): Promise<Face>;
  /** See {@link TavusApi.listFaces}. */
  abstract listFaces(options?: ListFacesOptions): Listing<Face>;
  /** See {@link TavusApi.renameFace}. */
  abstract renameFace(faceId: string, faceName: string, call?: CallOptions): Promise<UpdateResult>;
  /** See {@link TavusApi.deleteFace}. */
  abstract deleteFace(faceId: string, options?: CallOptions & { readonly hard?: boolean }): Promise<void>;
  /** Creates a PAL through the older endpoint. @internal */
  protected abstract createOldPersona(options: CreatePersonaOptions, call: CallOptions): Promise<Pal>;

  /**
   * Creates a PAL through the older endpoint, which needs no face.
   *
   * @deprecated Use `createPal`, which needs a face.
   */
  async createPersona(options: CreatePersonaOptions, call: CallOptions = {}): Promise<Pal> {
    this.oldNames.warn("createPersona", "createPal");
    return await this.createOldPersona(options, call);
  }

  /** @deprecated Use `getPal`. */
  async getPersona(personaId: string, call: CallOptions = {}): Promise<Pal> {
    this.oldNames.warn("getPersona", "getPal");
    return await this.getPal(personaId, call);
  }

  /** @deprecated Use `listPals`. */
  listPersonas(options: ListPalsOptions = {}): Listing<Pal> {
    this.oldNames.warn("listPersonas", "listPals");
    return this.listPals(options);
  }

  /** @deprecated Use `updatePal`. */
  async updatePersona(
    personaId: string,
    operations: readonly JsonPatchOperation[],
    options: UpdatePalOptions = {},
  ): Promise<UpdateResult> {
    this.oldNames.warn("updatePersona", "updatePal");
    return await this.updatePal(personaId, operations, options);
  }

  /** @deprecated Use `deletePal`. */
  async deletePersona(personaId: string, call: CallOptions = {}): Promise<void> {
    this.oldNames.warn("deletePersona", "deletePal");
    await this.deletePal(personaId, call);
  }

  /** @deprecated Use `createFace`. */
  async createReplica({ replicaName, ...options }: CreateReplicaOptions, call: CallOptions = {}): Promise<Face> {
    this.oldNames.warn("createReplica", "createFace");
    return await this.createFace({ ...options, faceName: replicaName }, call);
  }

  /** @deprecated Use `getFace`. */
  async getReplica(replicaId: string, call: CallOptions = {}): Promise<Face> {
    this.oldNames.warn("getReplica", "getFace");
    return await this.getFace(replicaId, call);
  }

  /** @deprecated Use `listFaces`. */
  listReplicas(options: ListFacesOptions = {}): Listing<Face> {
    this.oldNames.warn("listReplicas", "listFaces");
    return this.listFaces(options);
  }

  /** @deprecated Use `renameFace`. */
  async renameReplica(replicaId: string, replicaName: string, call: CallOptions = {}): Promise<UpdateResult> {
    this.oldNames.warn("renameReplica", "renameFace");
    return await this.renameFace(replicaId, replicaName, call);
  }

  /** @deprecated Use `deleteFace`. */
  async deleteReplica(replicaId: string, options: CallOptions & { readonly hard?: boolean } = {}): Promise<void> {
    this.oldNames.warn("deleteReplica", "deleteFace");
    await this.deleteFace(replicaId, options);
  }
}
