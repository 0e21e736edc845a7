import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { EstimatedWords } from "../../../src/services/speech/estimated-words.ts";
import { SpeechRate } from "../../../src/services/speech/speech-rate.ts";
import { splitSpokenPieces } from "../../../src/services/speech/spoken-pieces.ts";

const RATE = 24_000;
const sound = (durationMs: number): Int16Array => new Int16Array((RATE * durationMs) / 1000).fill(3000);
const silence = (durationMs: number): Int16Array => new Int16Array((RATE * durationMs) / 1000);
const PACE = new SpeechRate().msPerLetter;

/** Takes all words that have a place. */
function takeAll(words: EstimatedWords): [text: string, offsetMs: number][] {
  const taken: [string, number][] = [];
  for (let word = words.next; word; word = words.next) {
    taken.push([word.text, Math.round(word.offsetMs)]);
    words.take();
  }
  return taken;
}

/** Estimates the words of a text whose audio is known to its end. */
function estimate(text: string, ...audio: readonly Int16Array[]): [text: string, offsetMs: number][] {
  const words = new EstimatedWords(text, new SpeechRate(), RATE);
  for (const pcm of audio) words.addAudio(pcm, (pcm.length * 1000) / RATE);
  words.end();
  return takeAll(words);
}

describe("the pieces of a text", () => {
  it.each([
    ["words with their punctuation", 'He said: "No, 3.14!" Then', ["He", " said:", ' "No,', ' 3.14!"', " Then"]],
    ["white space at both ends", " One\ntwo ", [" One", "\ntwo "]],
    ["Chinese", "你好，世界。", ["你好，", "世界。"]],
    ["Japanese in brackets", "「東京」です", ["「東京」", "です"]],
    ["two scripts", "Say 你好 now", ["Say", " 你好", " now"]],
  ])("are its words: %s", (_what, text, pieces) => {
    expect(splitSpokenPieces(text).map((piece) => piece.text)).toEqual(pieces);
  });

  it("are longer for more letters, for numbers and for pauses", () => {
    const lengths = splitSpokenPieces("a lot, consequently. 2026 the end").map(({ letters }) => letters);
    expect(lengths).toEqual([2, 7, 20, 17, 4, 4]);
  });

  it("join to the text and take time, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const pieces = splitSpokenPieces(text);
        expect(pieces.map((piece) => piece.text).join("")).toBe(text.trim() === "" ? "" : text);
        expect(pieces.every(({ letters }) => letters > 0)).toBe(true);
      }),
    );
  });
});

describe("estimated words", () => {
  it("share the audio by their length", () => {
    // 5 + 1 letters, then 3 + 1.
    expect(estimate("Hello you", sound(1000))).toEqual([
      ["Hello", 0],
      [" you", 600],
    ]);
  });

  it("begin where sound begins", () => {
    expect(estimate("Hello you", silence(400), sound(1000))).toEqual([
      ["Hello", 400],
      [" you", 1000],
    ]);
  });

  it("share audio without any sound from its beginning", () => {
    expect(estimate("Hello you", silence(1000))).toEqual([
      ["Hello", 0],
      [" you", 600],
    ]);
  });

  it("have places at the usual pace while audio arrives, and never beyond it", () => {
    const words = new EstimatedWords("Hello you all", new SpeechRate(), RATE);
    expect(words.next).toBeUndefined();
    words.addAudio(sound(60), 60);
    expect(takeAll(words)).toEqual([["Hello", 0]]);
    words.addAudio(sound(6 * PACE - 60), 6 * PACE - 60);
    expect(takeAll(words)).toEqual([]);
    words.addAudio(sound(10), 10);
    expect(takeAll(words)).toEqual([[" you", 6 * PACE]]);
  });

  it("slow down when more audio arrives than their usual pace allows", () => {
    const words = new EstimatedWords("Hello you", new SpeechRate(), RATE);
    words.addAudio(sound(60), 60);
    expect(takeAll(words)).toEqual([["Hello", 0]]);
    words.addAudio(sound(1940), 1940);
    // At least a share of it belongs to the second word.
    expect(takeAll(words)).toEqual([[" you", 1200]]);
  });

  it("share what is left once the end is known", () => {
    const words = new EstimatedWords("Hello you all", new SpeechRate(), RATE);
    words.addAudio(sound(60), 60);
    takeAll(words);
    words.addAudio(sound(220), 220);
    words.end();
    expect(takeAll(words)).toEqual([
      [" you", 120],
      [" all", 200],
    ]);
  });

  it("are at the learned pace of the voice", () => {
    const rate = new SpeechRate();
    for (let sentence = 0; sentence < 8; sentence++) {
      const words = new EstimatedWords("Something that is spoken slowly", rate, RATE);
      words.addAudio(sound(3200), 3200);
      words.end();
    }
    expect(rate.msPerLetter).toBeGreaterThan(95);
    expect(rate.msPerLetter).toBeLessThan(101);
    // A measurement that cannot be speech is ignored.
    rate.note(3, 60_000);
    expect(rate.msPerLetter).toBeLessThan(101);
  });

  it("are in order, within the audio at the time, and the whole text, for any text and audio", () => {
    const text = fc.array(fc.constantFrom("a", "Hello,", "don't", "2026", "你好世界。", "—", "end.", "\nx"), {
      minLength: 1,
      maxLength: 30,
    });
    const audio = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 900 }), loud: fc.boolean() }), { minLength: 1 });
    fc.assert(
      fc.property(text, audio, (parts, pieces) => {
        const whole = parts.join(" ");
        const words = new EstimatedWords(whole, new SpeechRate(), RATE);
        let audioMs = 0;
        let lastMs = 0;
        let said = "";
        const check = (): void => {
          for (let word = words.next; word; word = words.next) {
            expect(word.offsetMs).toBeGreaterThanOrEqual(lastMs);
            expect(word.offsetMs).toBeLessThanOrEqual(audioMs);
            lastMs = word.offsetMs;
            said += word.text;
            words.take();
          }
        };
        for (const { ms, loud } of pieces) {
          words.addAudio(loud ? sound(ms) : silence(ms), ms);
          audioMs += ms;
          check();
        }
        words.end();
        check();
        expect(said).toBe(whole);
      }),
    );
  });
});
