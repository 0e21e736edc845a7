import { describe, expect, it } from "vitest";

import {
  EndFrame,
  ErrorFrame,
  LLMContext,
  LLMContextFrame,
  LLMServiceMetadataFrame,
  LLMUpdateSettingsFrame,
  ServiceMetadataFrame,
  StopFrame,
  STTMetadataFrame,
  TextFrame,
  TTSSpeakFrame,
} from "../../src/frames/index.ts";
import { ServiceError } from "../../src/pipeline/index.ts";
import { type LLMChunk, LLMService } from "../../src/services/index.ts";
import { ScriptedSTTService, ScriptedTTSService } from "../../src/testing/index.ts";
import { chain } from "../pipeline/harness.ts";
import { of, rig } from "./rig.ts";

type Settings = { model: string; stop?: readonly string[] | undefined };

class Model extends LLMService<Settings> {
  readonly changes: string[][] = [];
  failWith: Error | undefined;
  generated = 0;

  constructor() {
    super({ model: "small", stop: undefined });
  }

  protected override settingsChanged(changed: readonly string[]): void {
    this.changes.push([...changed]);
  }

  protected override async *generate(): AsyncGenerator<LLMChunk> {
    this.generated++;
    if (this.failWith) throw this.failWith;
    yield { type: "text", text: "Hi" };
  }
}

class Refused extends ServiceError {
  constructor(message: string) {
    super(message, { category: "authentication" });
  }
}

const ask = (): LLMContextFrame => new LLMContextFrame(new LLMContext());
const set = (settings: Record<string, unknown>): LLMUpdateSettingsFrame => new LLMUpdateSettingsFrame(settings);

describe("every service", () => {
  it("broadcasts its metadata after the StartFrame", async () => {
    const llm = new Model();
    const { down, up } = await chain([
      new ScriptedSTTService({ transcripts: [], ttfsP99LatencyMs: 300 }),
      llm,
      new ScriptedTTSService(),
    ]);
    // `chain` removes the downstream frames of the start; the upstream ones show the same.
    expect(down).toEqual([]);
    const seen = of(up, ServiceMetadataFrame);
    expect(of(seen, STTMetadataFrame)[0]!.ttfsP99LatencyMs).toBe(300);
    expect(of(seen, LLMServiceMetadataFrame)[0]).toMatchObject({ isRealtimeService: false, serviceName: llm.name });
    expect(seen).toHaveLength(3);
    expect(seen[0]!.broadcastSiblingId).toBeDefined();
  });

  it("applies new settings and reports which of them have changed", async () => {
    const llm = new Model();
    const { send, clock } = await rig(llm);
    send(set({ model: "large", stop: ["\n"] }));
    send(set({ model: "large", stop: ["\n"] }));
    await clock.advance(0);
    expect(llm.settings).toEqual({ model: "large", stop: ["\n"] });
    expect(llm.changes).toEqual([["model", "stop"]]);
  });

  it("rejects an unknown setting by name, and applies the others", async () => {
    const llm = new Model();
    const { send, clock, up } = await rig(llm);
    send(set({ modell: "large", model: "large" }));
    await clock.advance(0);
    expect(llm.settings.model).toBe("large");
    expect(of(up, ErrorFrame)[0]!.error.message).toMatch(/^modell: .*it has: model, stop/);
  });

  it.each([new EndFrame(), new StopFrame()])("drops requests behind an end, and counts them", async (end) => {
    const llm = new Model();
    const { send, clock, log, pipeline } = await rig(llm);
    send(ask(), end, ask());
    await clock.advance(0);
    pipeline.queueFrame(ask(), "upstream");
    await clock.advance(0);
    expect([llm.generated, llm.refusedAfterEnd]).toEqual([1, 2]);
    const tts = new ScriptedTTSService();
    const voice = await rig(tts);
    voice.send(new TextFrame("Bye."), end.copy(), new TTSSpeakFrame("Late."));
    await voice.clock.advance(5000);
    expect([tts.requests.map(({ text }) => text), tts.refusedAfterEnd]).toEqual([["Bye."], 1]);
    for (const { lines } of [log, voice.log]) expect(lines).toEqual([expect.stringContaining("after the end")]);
  });

  it("drops work while it is unusable, and reports it once", async () => {
    const llm = new Model();
    llm.failWith = new Refused("bad key");
    const { send, clock, up, takeDown } = await rig(llm);
    send(ask());
    await clock.advance(0);
    expect(llm.usable).toBe(false);
    expect(takeDown()).toEqual(["LLMFullResponseStartFrame", "LLMFullResponseEndFrame"]);
    send(ask(), ask(), ask());
    await clock.advance(0);
    expect(llm.generated).toBe(1);
    expect(takeDown()).toEqual([]);
    expect(of(up, ErrorFrame).map(({ error }) => error.message)).toEqual([
      "bad key",
      expect.stringContaining("unusable"),
    ]);
  });

  it("becomes unusable by a rejected key, and usable again by changed settings, not by equal ones", async () => {
    const llm = new Model();
    llm.failWith = new Refused("bad key");
    const reported: boolean[] = [];
    llm.on("usableChanged", (usable) => reported.push(usable));
    const { send, clock, up } = await rig(llm);
    send(ask());
    await clock.advance(0);
    expect(of(up, ErrorFrame)[0]).toMatchObject({ errorCategory: "authentication", permanent: true });
    send(set({ model: "small" }));
    await clock.advance(0);
    expect(llm.usable).toBe(false);
    send(set({ model: "large" }));
    await clock.advance(0);
    expect(llm.usable).toBe(true);
    llm.failWith = undefined;
    send(ask());
    await clock.advance(0);
    expect(llm.generated).toBe(2);
    expect(reported).toEqual([false, true]);
  });

  it("stays usable after a transient failure", async () => {
    const llm = new Model();
    llm.failWith = new Error("hiccup");
    const { send, clock } = await rig(llm);
    send(ask(), ask());
    await clock.advance(0);
    expect(llm.generated).toBe(2);
    expect(llm.usable).toBe(true);
  });
});
