import { expect, test } from "vitest";

import { ChunkQueue } from "../../../src/services/speech/chunk-queue.ts";

const second = { type: "audio", pcm: new Int16Array(1000) } as const;

test("takes two minutes of audio, and no more until some of it is taken", async () => {
  const queue = new ChunkQueue(1000);
  let taken = 0;
  while (taken < 1000 && queue.push(second)) taken++;
  expect(taken).toBe(121);
  await queue.next();
  expect(queue.push(second)).toBe(true);
});

test("ends behind what waits, with its error", async () => {
  const queue = new ChunkQueue(1000);
  queue.push(second);
  queue.end(new Error("lost"));
  expect(await queue.next()).toBe(second);
  await expect(queue.next()).rejects.toThrow("lost");
});

test("an abort drops what waits and wakes who takes", async () => {
  const queue = new ChunkQueue(1000);
  const next = queue.next();
  queue.abort(new Error("interrupted"));
  queue.push(second);
  await expect(next).rejects.toThrow("interrupted");
});
