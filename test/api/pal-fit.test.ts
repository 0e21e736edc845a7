import { describe, expect, it } from "vitest";

import { checkPalFit, type AudioDelivery, type Pal } from "../../src/api/index.ts";

type PalFields = Partial<Pick<Pal, "palId" | "pipelineMode" | "transportType" | "transportMicrophone">>;

const cases: readonly [string, PalFields, AudioDelivery, "ok" | "warning" | "error", RegExp?][] = [
  [
    "pipecat0 with messages",
    { palId: "pipecat0", pipelineMode: "echo", transportMicrophone: "disabled" },
    "messages",
    "ok",
  ],
  ["pipecat-stream with the track", { palId: "pipecat-stream", pipelineMode: "echo" }, "track", "ok"],
  [
    "pipecat0 with the track",
    { palId: "pipecat0", pipelineMode: "echo" },
    "track",
    "error",
    /"messages".*pipecat-stream/,
  ],
  [
    "pipecat-stream with messages",
    { palId: "pipecat-stream", pipelineMode: "echo" },
    "messages",
    "error",
    /"track".*pipecat0/,
  ],
  ["a full pipeline with the track", { pipelineMode: "full" }, "track", "error", /over the bot.*pipecat-stream/],
  ["speech-to-speech", { pipelineMode: "speech-to-speech" }, "track", "error", /over the bot.*pipecat-stream/],
  ["a full pipeline with messages", { pipelineMode: "full" }, "messages", "error", /over the bot.*pipecat0/],
  ["a PAL for LiveKit", { pipelineMode: "echo", transportType: "livekit" }, "track", "error", /livekit/],
  ["a PAL that says Daily", { pipelineMode: "echo", transportType: "daily" }, "track", "ok"],
  ["an unknown pipeline mode", { pipelineMode: "duet" }, "track", "warning", /duet/],
  ["a PAL without any of the fields", {}, "track", "ok"],
  ["a custom echo PAL with messages", { pipelineMode: "echo" }, "messages", "ok"],
  [
    "an open microphone with messages",
    { pipelineMode: "echo", transportMicrophone: "enabled" },
    "messages",
    "warning",
    /including the user.*microphone/,
  ],
  ["an open microphone with the track", { pipelineMode: "echo", transportMicrophone: "enabled" }, "track", "ok"],
  [
    "a closed microphone with the track",
    { pipelineMode: "echo", transportMicrophone: "disabled" },
    "track",
    "warning",
    /may stay silent/,
  ],
];

describe("whether a bot can speak through a PAL", () => {
  it.each(cases)("%s", (_title, pal, delivery, level, words) => {
    const fit = checkPalFit({ palId: "p1", ...pal }, delivery);
    expect(fit.level).toBe(level);
    if (fit.level === "ok") return;
    expect(fit.message).toMatch(words!);
    expect(fit.message).toContain(pal.palId ?? "p1");
  });
});
