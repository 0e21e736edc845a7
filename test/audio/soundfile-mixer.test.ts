import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { addSaturated, encodeWav, SoundfileMixer, type SoundfileMixerOptions } from "../../src/audio/index.ts";
import { InvalidOptionError } from "../../src/util/errors.ts";

const RATE = 8000;
const mixers: SoundfileMixer[] = [];

async function mixer(options: Partial<SoundfileMixerOptions> = {}): Promise<SoundfileMixer> {
  const made = new SoundfileMixer({ sounds: { hum: steady(1000, 100) }, volume: 1, fadeMs: 0, ...options });
  mixers.push(made);
  await made.start(RATE);
  return made;
}

function steady(level: number, ms: number, sampleRate = RATE) {
  return { pcm: new Int16Array((ms * sampleRate) / 1000).fill(level), sampleRate };
}

/** Mixes silence, or a steady level. */
function mixed(of: SoundfileMixer, ms: number, level = 0): Int16Array {
  const into = new Int16Array((ms * RATE) / 1000).fill(level);
  of.mix(into);
  return into;
}

describe("SoundfileMixer", () => {
  afterEach(() => {
    for (const made of mixers.splice(0)) made.stop();
  });

  it("adds its sound at its volume, and clips at full scale", async () => {
    const quiet = await mixer({ volume: 0.5 });
    expect(new Set(mixed(quiet, 10, 200))).toEqual(new Set([700]));
    expect(new Set(mixed(quiet, 10, 32_500))).toEqual(new Set([32_767]));
    const into = Int16Array.of(-32_000, 5);
    addSaturated(into, Int16Array.of(-1000, 10), () => 1);
    expect([...into]).toEqual([-32_768, 15]);
  });

  it("plays over and over without a gap, in blocks of any size", async () => {
    const ramp = { pcm: Int16Array.from({ length: 100 }, (_, index) => index), sampleRate: RATE };
    const looping = await mixer({ sounds: { ramp } });
    const heard = [7, 93, 40, 260].flatMap((length) => {
      const into = new Int16Array(length);
      looping.mix(into);
      return [...into];
    });
    expect(heard).toEqual(Array.from({ length: 400 }, (_, index) => index % 100));
  });

  it("plays once without loop, is then inactive, and plays again when it is selected", async () => {
    const once = await mixer({ loop: false });
    expect(mixed(once, 150).filter((sample) => sample === 1000)).toHaveLength(800);
    expect(once.active).toBe(false);
    expect(new Set(mixed(once, 20))).toEqual(new Set([0]));
    once.update({ sound: "hum" });
    expect(once.active).toBe(true);
    mixed(once, 20);
    expect(mixed(once, 20)).toContain(1000);
  });

  it("resamples files to the transport's rate", async () => {
    const resampled = await mixer({ sounds: { hum: steady(1000, 1000, 44_100) } });
    const heard = [...mixed(resampled, 500), ...mixed(resampled, 500)];
    expect(heard.filter((sample) => Math.abs(sample - 1000) < 20).length).toBeGreaterThan(RATE * 0.98);
  });

  it("fades in, out and between volumes without a step", async () => {
    const fading = await mixer({ fadeMs: 100 });
    const steps: Int16Array[] = [mixed(fading, 150)];
    expect(steps[0]?.at(-1)).toBe(1000);
    fading.update({ volume: 0.2 });
    steps.push(mixed(fading, 150));
    expect(steps[1]?.at(-1)).toBe(200);
    fading.enable(false);
    expect(fading.active).toBe(true);
    steps.push(mixed(fading, 150));
    expect(fading.active).toBe(false);
    fading.enable(true);
    steps.push(mixed(fading, 150));
    const all = steps.flatMap((block) => [...block]);
    const largest = Math.max(...all.slice(1).map((sample, index) => Math.abs(sample - (all[index] ?? 0))));
    expect(largest).toBeLessThanOrEqual(3);
  });

  it("changes the sound by fading out and in", async () => {
    const two = await mixer({ sounds: { low: steady(100, 1000), high: steady(1000, 1000) }, sound: "low", fadeMs: 20 });
    mixed(two, 40);
    two.update({ sound: "high" });
    const out = mixed(two, 20);
    expect(Math.max(...out)).toBeLessThanOrEqual(100);
    expect(mixed(two, 40).at(-1)).toBe(1000);
  });

  it("reads WAV files, by path or as bytes", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mixer-"));
    try {
      const wav = encodeWav(steady(1000, 100).pcm, { sampleRate: RATE });
      const path = join(folder, "hum.wav");
      await writeFile(path, wav);
      for (const source of [path, wav])
        expect(new Set(mixed(await mixer({ sounds: { hum: source } }), 20))).toEqual(new Set([1000]));
      const missing = new SoundfileMixer({ sounds: { hum: join(folder, "none.wav") } });
      await expect(missing.start(RATE)).rejects.toThrow("none.wav");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("adds nothing before start, while it is off, and after stop", async () => {
    const idle = new SoundfileMixer({ sounds: { hum: steady(1000, 100) } });
    expect([idle.active, ...mixed(idle, 1)].every((value) => value === false || value === 0)).toBe(true);
    const off = await mixer({ enabled: false });
    expect(off.active).toBe(false);
    const stopped = await mixer();
    stopped.stop();
    stopped.stop();
    expect([stopped.active, ...mixed(stopped, 1)].every((value) => value === false || value === 0)).toBe(true);
  });

  it.each([
    [{ volume: 2 }, "volume: must be a number from 0 to 1."],
    [{ volume: Number.NaN }, "volume: must be"],
    [{ sound: "toString" }, "sound: must name one of the sounds."],
    [{ loop: 1 }, "loop: must be true or false."],
    [{ fadeMs: -1 }, "fadeMs: must be"],
    [{ pitch: 1 }, "pitch: is not a setting; the settings are sound, volume, loop, fadeMs."],
  ])("rejects the settings %j and keeps the current ones", async (settings, message) => {
    const kept = await mixer();
    expect(() => kept.update({ volume: 0.1, ...settings })).toThrow(InvalidOptionError);
    expect(() => kept.update({ volume: 0.1, ...settings })).toThrow(message);
    expect(new Set(mixed(kept, 10))).toEqual(new Set([1000]));
  });

  it("rejects options without a sound and sounds without samples", async () => {
    expect(() => new SoundfileMixer({ sounds: {} })).toThrow(InvalidOptionError);
    const empty = new SoundfileMixer({ sounds: { none: { pcm: new Int16Array(0), sampleRate: RATE } } });
    await expect(empty.start(RATE)).rejects.toThrow("sounds.none: contains no audio.");
  });
});
