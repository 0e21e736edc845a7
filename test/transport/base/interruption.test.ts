import { describe, expect, it } from "vitest";

import {
  interruptAll,
  interruptAtOnce,
  type Interruptible,
} from "../../../src/transport/base/media-sender/interruption.ts";

/** Notes every step it takes as "name: step". */
class NotingSender implements Interruptible {
  readonly #name: string;
  readonly #steps: string[];
  readonly #has: { readonly released?: boolean; readonly playsOn?: boolean };

  constructor(name: string, steps: string[], has: { readonly released?: boolean; readonly playsOn?: boolean } = {}) {
    this.#name = name;
    this.#steps = steps;
    this.#has = has;
  }

  beginInterruption({ all = false }: { readonly all?: boolean } = {}) {
    this.#note(all ? "flush all" : "flush");
    return {
      playsOn: this.#has.playsOn ?? false,
      releaseHeard: () => {
        this.#note("release");
        return this.#has.released ?? false;
      },
      stopSpeaking: () => this.#note("stop"),
    };
  }

  #note(step: string): void {
    this.#steps.push(`${this.#name}: ${step}`);
  }
}

describe("interruptAll", () => {
  it("takes each step on all senders before the next, and yields so that released frames leave first", async () => {
    const steps: string[] = [];
    const senders = [new NotingSender("a", steps), new NotingSender("b", steps, { released: true })];
    const over = interruptAll(senders, {
      onSilent: () => steps.push("silent"),
      onStopped: () => steps.push("stopped"),
    });
    const atOnce = ["a: flush", "b: flush", "silent", "a: release", "b: release"];
    expect(steps).toEqual(atOnce);
    await Promise.resolve();
    expect(steps).toEqual(atOnce);
    await over;
    expect(steps).toEqual([...atOnce, "a: stop", "b: stop", "stopped"]);
  });

  it("does not yield when nothing was released, unless asked to", async () => {
    const steps: string[] = [];
    const a = new NotingSender("a", steps);
    await Promise.all([
      interruptAll([a], { onStopped: () => steps.push("yielded"), alwaysYield: true }),
      interruptAll([a], { onStopped: () => steps.push("at once") }),
    ]);
    expect(steps.filter((step) => !step.startsWith("a:"))).toEqual(["at once", "yielded"]);
  });

  it("says which senders play on", async () => {
    const [silent, playing] = [new NotingSender("a", []), new NotingSender("b", [], { playsOn: true })];
    let playingOn: ReadonlySet<NotingSender> | undefined;
    await interruptAll([silent, playing], { onSilent: (senders) => (playingOn = senders), onStopped: () => undefined });
    expect(playingOn).toEqual(new Set([playing]));
  });
});

describe("interruptAtOnce", () => {
  it("takes all steps in one go, and spares nothing", () => {
    const steps: string[] = [];
    interruptAtOnce(new NotingSender("a", steps, { released: true }));
    expect(steps).toEqual(["a: flush all", "a: release", "a: stop"]);
  });
});
