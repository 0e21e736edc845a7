export { LevelVadProcessor, type LevelVadOptions } from "./level-vad.ts";
export { ParrotProcessor } from "./parrot.ts";
export { UserTurnProcessor } from "./user-turn.ts";
