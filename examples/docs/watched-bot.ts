// Observes and records a bot: a log of its frames, the user's waiting times, its turns, and a WAV file.
import {
  AudioRecorder,
  FrameLogObserver,
  type FrameProcessor,
  LatencyObserver,
  Pipeline,
  PipelineTask,
  StartupTimingObserver,
  type TavusTransport,
  TurnTrackingObserver,
  wavFile,
} from "tavus-transport";

export function watchedBot(transport: TavusTransport, bot: readonly FrameProcessor[]): PipelineTask {
  // #region watch
  const latency = new LatencyObserver().on("latency", ({ totalMs, stages }) => {
    console.log(`The user waited ${Math.round(totalMs)} ms:`, stages);
  });
  const turns = new TurnTrackingObserver().on("turnEnded", (turn, durationMs, wasInterrupted) => {
    console.log(`Turn ${turn}: ${Math.round(durationMs)} ms${wasInterrupted ? ", interrupted" : ""}`);
  });
  const recorder = new AudioRecorder({ autoStart: true, sink: wavFile("call.wav") });
  const pipeline = new Pipeline([transport.input(), ...bot, transport.output(), recorder]);
  const task = new PipelineTask(pipeline, {
    observers: [latency, turns, new StartupTimingObserver(), new FrameLogObserver()],
  });
  task.on("finished", () => console.log(latency.summary()));
  // #endregion
  return task;
}
