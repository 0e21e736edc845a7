export type { BeforeCreate, ListConversationsOptions } from "./conversations.ts";
export type {
  CreateDocumentOptions,
  Documents,
  ListDocumentsOptions,
  TavusDocument,
  UpdateDocumentOptions,
} from "./documents.ts";
export type { CreateDeploymentOptions, Deployments, ListDeploymentsOptions, TavusDeployment } from "./deployments.ts";
export type { CreateFaceOptions, Face, ListFacesOptions } from "./faces.ts";
export type {
  CreateGuardrailOptions,
  CreateGuardrailSetOptions,
  Guardrails,
  TavusGuardrail,
  TavusGuardrailSet,
  UpdateGuardrailOptions,
} from "./guardrails.ts";
export type { Memories } from "./memories.ts";
export type { CreateObjectivesOptions, Objectives, TavusObjective, TavusObjectives } from "./objectives.ts";
export type { CreatePalOptions, CreatePersonaOptions, ListPalsOptions, UpdatePalOptions } from "./pals.ts";
export type {
  CreatePronunciationDictionaryOptions,
  ListPronunciationDictionariesOptions,
  PronunciationDictionaries,
  TavusPronunciationDictionary,
} from "./pronunciation-dictionaries.ts";
export type { PalSkill, Skills, TavusSkill } from "./skills.ts";
export type { CreateToolOptions, TavusTool, Tools, UpdateToolOptions } from "./tools.ts";
export type { CreateVideoOptions, TavusVideo, Videos } from "./videos.ts";
export type { ListVoicesOptions, TavusVoice, Voices } from "./voices.ts";
