// Tests without waiting: time is virtual, and advances only where a step says so.
import assert from "node:assert/strict";
import { InterruptionFrame, TextFrame } from "tavus-transport";
import { runProcessor, VirtualClock } from "tavus-transport/testing";

import { WeatherLines } from "./weather-lines.ts";

/** Takes one second of virtual time. */
function slowLookup(clock: VirtualClock): (place: string) => Promise<string> {
  return (place) => new Promise((resolve) => clock.setTimeout(() => resolve(place === "Oslo" ? "rain" : "sun"), 1000));
}

export async function answersInOrder(): Promise<void> {
  const clock = new VirtualClock();
  const steps = [new TextFrame("Oslo"), new TextFrame("Rome")];
  const { downstream } = await runProcessor(new WeatherLines(slowLookup(clock)), steps, { clock });
  assert.deepEqual(
    downstream.map((frame) => frame instanceof TextFrame && frame.text),
    ["Oslo: rain", "Rome: sun"],
  );
}

export async function saysNothingOldAfterAnInterruption(): Promise<void> {
  const clock = new VirtualClock();
  const steps = [new TextFrame("Oslo"), { waitMs: 500 }, new InterruptionFrame(), { waitMs: 5000 }];
  await runProcessor(new WeatherLines(slowLookup(clock)), steps, { clock, expectDownstream: [InterruptionFrame] });
}
