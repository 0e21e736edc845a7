import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { UserAudioRawFrame } from "../../../src/frames/index.ts";
import { computeLogMel, FEATURE_FRAMES } from "../../../src/services/smart-turn/log-mel.ts";
import {
  SmartTurnAnalyzer,
  type SmartTurnOptions,
  type TurnJudgement,
} from "../../../src/services/smart-turn/index.ts";
import { createTinyModel, JUDGED_BAND } from "./tiny-model.ts";

let folder = "";
const analyzers: SmartTurnAnalyzer[] = [];
const file = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "smart-turn-"));
  writeFileSync(file("tiny.onnx"), createTinyModel());
  writeFileSync(file("other.onnx"), createTinyModel("pictures"));
  writeFileSync(file("broken.onnx"), "not a model");
});
afterEach(() => {
  for (const analyzer of analyzers.splice(0)) analyzer.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function create(options: Partial<SmartTurnOptions> = {}): SmartTurnAnalyzer {
  const analyzer = new SmartTurnAnalyzer({ modelPath: file("tiny.onnx"), ...options });
  analyzers.push(analyzer);
  return analyzer;
}

/** A tone of 200 Hz; `level` is its amplitude. */
function tone(level: number, ms: number, sampleRate = 16_000): Int16Array {
  const length = (ms * sampleRate) / 1000;
  return Int16Array.from({ length }, (_, i) => level * Math.sin((2 * Math.PI * 200 * i) / sampleRate));
}

function listen(analyzer: SmartTurnAnalyzer, audio: Int16Array, speaking: boolean, sampleRate = 16_000): void {
  for (let at = 0; at < audio.length; at += sampleRate / 50) {
    const part = audio.subarray(at, at + sampleRate / 50);
    analyzer.listen(new UserAudioRawFrame({ audio: part, sampleRate, userId: "u" }), speaking);
  }
}

const analyze = (analyzer: SmartTurnAnalyzer) => analyzer.analyze(new AbortController().signal);

describe("SmartTurnAnalyzer", () => {
  it("judges the turn so far by the model's probability, at any sample rate", async () => {
    const judgements: TurnJudgement[] = [];
    const analyzer = create({ onJudgement: (judgement) => judgements.push(judgement) });
    const turn = tone(9000, 1500);
    listen(analyzer, turn, true);
    await expect(analyze(analyzer)).resolves.toBe("complete");
    const level = computeLogMel(turn)[JUDGED_BAND * FEATURE_FRAMES + FEATURE_FRAMES - 1] ?? NaN;
    const probability = 1 / (1 + Math.exp(-level));
    expect(judgements[0]?.probability).toBeCloseTo(probability, 5);

    listen(analyzer, tone(0, 500), false);
    await expect(analyze(analyzer)).resolves.toBe("incomplete");
    listen(analyzer, tone(9000, 1500), true);
    await expect(analyze(analyzer)).resolves.toBe("complete");
    analyzer.reset();
    // Nothing of the next turn has been heard yet.
    await expect(analyze(analyzer)).resolves.toBe("incomplete");
    expect(judgements.map(({ complete }) => complete)).toEqual([true, false, true]);

    listen(analyzer, tone(9000, 1500, 48_000), true, 48_000);
    await expect(analyze(analyzer)).resolves.toBe("complete");
    expect(judgements.at(-1)?.probability).toBeCloseTo(probability, 2);
  });

  it("names the file to download when the model is not there, is no model, or is another one", async () => {
    const download = "smart-turn-v3.2-cpu.onnx (9 MB) from https://huggingface.co/pipecat-ai/smart-turn-v3";
    const cases = [
      ["absent.onnx", "no such file"],
      ["broken.onnx", "could not be loaded"],
      ["other.onnx", "no input named input_features"],
    ] as const;
    await Promise.all(
      cases.map(async ([name, reason]) => {
        const failed = create({ modelPath: file(name) }).prepare();
        await expect(failed).rejects.toMatchObject({ code: "invalidOption", field: "modelPath" });
        await expect(failed).rejects.toThrow(download);
        await expect(failed).rejects.toThrow(reason);
      }),
    );
  });

  it("compares the probability with the threshold, rejects an analysis that was aborted or closed, and starts no other", async () => {
    const analyzer = create({ threshold: 0.99 });
    listen(analyzer, tone(9000, 500), true);
    await expect(analyze(analyzer)).resolves.toBe("incomplete");
    const abort = new AbortController();
    const aborted = analyzer.analyze(abort.signal);
    abort.abort(new Error("The user speaks again."));
    await expect(aborted).rejects.toThrow("The user speaks again.");
    const open = analyze(analyzer);
    analyzer.close();
    analyzer.close();
    await expect(open).rejects.toThrow("closed");
    await expect(analyze(analyzer)).rejects.toThrow("closed");
  });

  it("refuses options that are out of range", () => {
    expect(() => create({ modelPath: "" })).toThrow("modelPath");
    expect(() => create({ threshold: 1.5 })).toThrow("threshold");
    expect(() => create({ preSpeechMs: NaN })).toThrow("preSpeechMs");
  });
});
