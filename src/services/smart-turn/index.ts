export { SmartTurnAnalyzer, type SmartTurnOptions, type TurnJudgement } from "./smart-turn-analyzer.ts";
