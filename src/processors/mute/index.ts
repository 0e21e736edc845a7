export { AlwaysMuteStrategy } from "./always-mute-strategy.ts";
export { FirstSpeechMuteStrategy } from "./first-speech-mute-strategy.ts";
export { FunctionCallMuteStrategy } from "./function-call-mute-strategy.ts";
export { type UntilFirstBotTurnOptions, UntilFirstBotTurnMuteStrategy } from "./until-first-bot-turn-mute-strategy.ts";
export type * from "./user-mute-strategy.ts";
