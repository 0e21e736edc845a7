import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { decodeWav } from "../../../src/audio/index.ts";
import { wavFile } from "../../../src/processors/index.ts";

const FORMAT = { sampleRate: 16_000, channels: 2, recording: 1 } as const;

describe("wavFile", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tavus-transport-wav-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("writes a file that is readable while it grows and when it is complete", async () => {
    const path = join(folder, "call.wav");
    const sink = await wavFile(path)(FORMAT);
    await sink.write(Int16Array.of(1000, 3000, 2000, 4000));
    const growing = await readFile(path);
    expect(decodeWav(growing)).toEqual({ pcm: Int16Array.of(2000, 3000), sampleRate: 16_000 });
    await sink.write(Int16Array.of(-10, -30));
    await sink.close();
    const done = await readFile(path);
    expect(done.length).toBe(44 + 12);
    expect([done.readUInt32LE(4), done.readUInt32LE(40), done.readUInt16LE(22)]).toEqual([48, 12, 2]);
    expect([...decodeWav(done).pcm]).toEqual([2000, 3000, -20]);
  });

  it("writes a view into a larger array", async () => {
    const path = join(folder, "part.wav");
    const sink = await wavFile(path)({ ...FORMAT, channels: 1 });
    await sink.write(Int16Array.of(9, 1, 2, 9).subarray(1, 3));
    await sink.close();
    expect([...decodeWav(await readFile(path)).pcm]).toEqual([1, 2]);
  });

  it("writes every recording to its own file", async () => {
    for (const recording of [1, 2]) {
      await (await wavFile(join(folder, "call.wav"))({ ...FORMAT, recording })).close();
      await (await wavFile(join(folder, "plain"))({ ...FORMAT, recording })).close();
      await (await wavFile((number) => join(folder, `own${number}.wav`))({ ...FORMAT, recording })).close();
    }
    const names = ["call-2.wav", "call.wav", "own1.wav", "own2.wav", "plain", "plain-2"];
    expect((await readdir(folder)).sort()).toEqual(names);
  });

  it("reports why a file cannot be created", async () => {
    await expect(wavFile(join(folder, "no", "such.wav"))(FORMAT)).rejects.toThrow("ENOENT");
  });
});
