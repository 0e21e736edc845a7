import { describe, expect, it } from "vitest";

import { type Frame, TextFrame } from "../../../src/frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../../../src/pipeline/index.ts";
import { settle } from "../../../src/testing/virtual-clock.ts";
import { Station, chain, gate, label } from "../harness.ts";

const FRAME_EVENTS = ["beforeProcess", "afterProcess", "beforePush", "afterPush"] as const;

function noted(station: FrameProcessor, notes: string[]): void {
  for (const event of FRAME_EVENTS)
    station.on(event, (frame, direction) => notes.push(`${event} ${label(frame)} ${direction}`));
}

describe("frame events", () => {
  it("before and after process and push fire once per frame, inline, in order", async () => {
    const notes: string[] = [];
    const station = new Station((frame, direction, ctx) => {
      notes.push(`handling ${label(frame)}`);
      ctx.push(frame, direction);
      notes.push(`handled ${label(frame)}`);
    });
    const next = new Station((frame, direction, ctx) => {
      notes.push(`next has ${label(frame)}`);
      ctx.push(frame, direction);
    });
    const { send, pipeline } = await chain([station, next]);
    notes.length = 0;
    noted(station, notes);
    send(new TextFrame("a"));
    await settle();
    pipeline.queueFrame(new TextFrame("b"), "upstream");
    await settle();
    expect(notes).toEqual([
      "beforeProcess a downstream",
      "handling a",
      "beforePush a downstream",
      "afterPush a downstream",
      "handled a",
      "afterProcess a downstream",
      "next has a",
      "next has b",
      "beforeProcess b upstream",
      "handling b",
      "beforePush b upstream",
      "afterPush b upstream",
      "handled b",
      "afterProcess b upstream",
    ]);
  });

  it("afterProcess waits for an asynchronous handler, and the next frame for afterProcess", async () => {
    const notes: string[] = [];
    const { open, opened } = gate();
    const station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame) await opened;
      ctx.push(frame, direction);
    });
    const { send } = await chain([station]);
    noted(station, notes);
    send(new TextFrame("a"), new TextFrame("b"));
    await settle();
    expect(notes).toEqual(["beforeProcess a downstream"]);
    open();
    await settle();
    expect(notes.slice(3, 5)).toEqual(["afterProcess a downstream", "beforeProcess b downstream"]);
  });

  it("afterProcess is emitted for a handler that fails, too", async () => {
    const notes: string[] = [];
    const station = new Station((frame, direction, ctx) => {
      if (frame instanceof TextFrame) throw new Error("broken");
      ctx.push(frame, direction);
    });
    const { send } = await chain([station]);
    station.on("afterProcess", (frame) => notes.push(label(frame)));
    send(new TextFrame("a"));
    await settle();
    expect(notes).toEqual(["a"]);
  });

  it("off() and once() end the listening", async () => {
    const notes: string[] = [];
    const station = new Station();
    const { send } = await chain([station]);
    const note = (frame: Frame): unknown => notes.push(`on ${label(frame)}`);
    station.on("beforePush", note);
    station.once("beforeProcess", (frame) => notes.push(`once ${label(frame)}`));
    send(new TextFrame("a"));
    await settle();
    station.off("beforePush", note);
    send(new TextFrame("b"));
    await settle();
    expect(notes).toEqual(["once a", "on a"]);
  });

  it("a listener that throws, or rejects, is reported once under the processor's name and stops nothing", async () => {
    const station = new Station();
    const { send, takeDown, log } = await chain([station]);
    station.on("beforeProcess", () => {
      throw new Error("mine");
    });
    station.on("afterPush", () => Promise.reject(new Error("later")));
    send(new TextFrame("a"), new TextFrame("b"));
    await settle();
    expect(takeDown()).toEqual(["a", "b"]);
    expect(log.lines).toHaveLength(2);
    expect(log.lines[0]).toContain(`${station.name}'s "beforeProcess" event threw: mine`);
    expect(log.lines[1]).toContain(`${station.name}'s "afterPush" event threw: later`);
  });
});

it("a processor can have events of its own, typed next to those of every processor", async () => {
  class Counter extends FrameProcessor<{ counted: [total: number] }> {
    #total = 0;
    override process(frame: Frame, direction: "downstream" | "upstream", ctx: ProcessContext): void {
      if (frame instanceof TextFrame) {
        this.#total++;
        this.emit("counted", this.#total);
      }
      ctx.push(frame, direction);
    }
  }
  const counter = new Counter();
  const totals: number[] = [];
  counter.on("counted", (total) => totals.push(total)).on("beforePush", (frame) => frame.kind);
  // @ts-expect-error -- an unknown event is a compile-time error
  counter.on("count", () => undefined);
  const { send } = await chain([counter]);
  send(new TextFrame("a"), new TextFrame("b"));
  await settle();
  expect(totals).toEqual([1, 2]);
});
