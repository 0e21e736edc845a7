import {
  type Frame,
  InterimTranscriptionFrame,
  STTMetadataFrame,
  TranscriptionFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import { UserTurnController, type UserTurnStrategies } from "../../../src/processors/index.ts";
import { VirtualClock } from "../../../src/testing/index.ts";
import { recordedLog } from "../../pipeline/harness.ts";

export const vadStart = (): Frame => new VADUserStartedSpeakingFrame({ startDelayMs: 200 });
export const vadStop = (): Frame => new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 });
export const said = (text: string, finalized = false): Frame =>
  new TranscriptionFrame({ text, userId: "u", finalized });
export const seems = (text: string): Frame => new InterimTranscriptionFrame({ text, userId: "u" });
export const sttTakes = (ms: number): Frame => new STTMetadataFrame("stt", ms);

/** A controller in virtual time, with a log of its calls. */
export function turnRig(strategies: UserTurnStrategies, stopTimeoutMs?: number) {
  const clock = new VirtualClock();
  const log = recordedLog();
  const reported: string[] = [];
  const controller = new UserTurnController({
    strategies,
    ...(stopTimeoutMs !== undefined && { stopTimeoutMs }),
    listener: {
      turnStarted: ({ announce, interrupt }) =>
        void reported.push(["start", ...(announce ? [] : ["untold"]), ...(interrupt ? [] : ["quiet"])].join(" ")),
      inferenceTriggered: () => void reported.push("infer"),
      turnStopped: ({ announce }) => void reported.push(announce ? "stop" : "stop untold"),
      stopTimedOut: () => void reported.push("timeout"),
      textDiscarded: () => void reported.push("discard"),
    },
  });
  controller.setup(clock, log.logger);
  const hear = (...frames: Frame[]): void => {
    for (const frame of frames) controller.hear(frame);
  };
  const take = (): string[] => reported.splice(0);
  return { clock, controller, hear, take, reported, log };
}
