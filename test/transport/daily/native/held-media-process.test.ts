import { describe, expect, it } from "vitest";

import { VirtualClock } from "../../../../src/testing/virtual-clock.ts";
import { MediaProcesses } from "../../../../src/transport/daily/native/held-media-process.ts";
import { MediaProcess } from "../../../../src/transport/daily/native/media-process.ts";
import { delivered, ScriptedChild } from "./scripted-child.ts";

function rig() {
  const clock = new VirtualClock();
  const children: ScriptedChild[] = [];
  const processes = new MediaProcesses(() => {
    const child = new ScriptedChild();
    child.pipe.once("finish", () => child.ends({ is: "exit", code: 0 }));
    child.isReady();
    children.push(child);
    return new MediaProcess(child, clock);
  }, clock);
  return { clock, children, processes };
}

async function ended(process: MediaProcess): Promise<boolean> {
  await delivered();
  return await Promise.race([process.ended.then(() => true), delivered().then(() => false)]);
}

describe("the media processes of a bot's process", () => {
  it("are one for all calls, which stays warm for 5 s after the last", async () => {
    const { processes, children, clock } = rig();
    const first = processes.hold("shared");
    const second = processes.hold("shared");
    expect(second.process).toBe(first.process);
    await first.release();
    await first.release();
    await clock.advance(60_000);
    expect(await ended(first.process)).toBe(false);
    await second.release();
    await clock.advance(4999);
    const third = processes.hold("shared");
    expect(third.process).toBe(first.process);
    await clock.advance(5000);
    expect(await ended(first.process)).toBe(false);
    await third.release();
    await clock.advance(5000);
    expect(await ended(first.process)).toBe(true);
    expect(children).toHaveLength(1);
    expect(processes.hold("shared").process).not.toBe(first.process);
  });

  it("are replaced when they die, while their holders still release them", async () => {
    const { processes, children, clock } = rig();
    const before = processes.hold("shared");
    await before.process.ready;
    children[0]?.ends({ is: "signal", signal: "SIGSEGV" });
    const after = processes.hold("shared");
    expect(after.process).not.toBe(before.process);
    await before.release();
    await clock.advance(10_000);
    expect(await ended(after.process)).toBe(false);
  });

  it("are one for each call that asks for its own, and end with it", async () => {
    const { processes, children } = rig();
    const first = processes.hold("perCall");
    const second = processes.hold("perCall");
    expect(second.process).not.toBe(first.process);
    await first.release();
    expect([await ended(first.process), await ended(second.process)]).toEqual([true, false]);
    expect(children).toHaveLength(2);
  });

  it("that are warm for a call of its own are taken over by the first, or end with the hold", async () => {
    const { processes, children } = rig();
    const taken = processes.warm("perCall");
    expect(processes.hold("perCall").process).toBe(taken.process);
    await taken.release();
    expect(await ended(taken.process)).toBe(false);
    const spare = processes.warm("perCall");
    await spare.release();
    expect(await ended(spare.process)).toBe(true);
    expect(children).toHaveLength(2);
  });
});
