import { describe, expect, it } from "vitest";

import { SpeakerChoice } from "../../../src/emulator/call-machine/active-speaker.ts";

describe("the choice of the active speaker", () => {
  /** Observes the same levels several times; returns the speakers that were reported. */
  function observe(choice: SpeakerChoice, levels: Readonly<Record<string, number>>, times = 10): string[] {
    const named: string[] = [];
    for (let n = 0; n < times; n++) {
      const speaker = choice.observe(new Map(Object.entries(levels)));
      if (speaker !== undefined) named.push(speaker);
    }
    return named;
  }

  it("is the loudest participant, reported once", () => {
    const choice = new SpeakerChoice();
    expect(observe(choice, { anna: 0.3, bob: 0.02 })).toEqual(["anna"]);
    expect(observe(choice, { anna: 0.3, bob: 0.02 })).toEqual([]);
  });

  it("ignores noise, and persists through silence", () => {
    const choice = new SpeakerChoice();
    expect(observe(choice, { anna: 0.005, bob: 0 })).toEqual([]);
    expect(observe(choice, { anna: 0.2, bob: 0 })).toEqual(["anna"]);
    expect(observe(choice, { anna: 0, bob: 0.005 }, 50)).toEqual([]);
  });

  it("does not alternate between two participants of similar level", () => {
    const choice = new SpeakerChoice();
    const named: string[] = [];
    for (let n = 0; n < 100; n++) named.push(...observe(choice, { anna: 0.2, bob: n % 2 ? 0.25 : 0.15 }, 1));
    expect(named).toEqual(["anna"]);
  });

  it("changes within a second when one stops and another starts", () => {
    const choice = new SpeakerChoice();
    observe(choice, { anna: 0.3, bob: 0 }, 20);
    expect(observe(choice, { anna: 0, bob: 0.3 }, 5)).toEqual(["bob"]);
  });

  it("forgets a participant that has left", () => {
    const choice = new SpeakerChoice();
    observe(choice, { anna: 0.9, bob: 0 });
    expect(observe(choice, { bob: 0.05 }, 3)).toEqual(["bob"]);
  });
});
