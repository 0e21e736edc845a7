import { beforeEach, describe, expect, it } from "vitest";

import { Captions, type Turn } from "../../examples/web/page/src/captions.ts";

/** Turns as text: [heard] rest, and the cut part in ~tildes~. */
function shown(turns: readonly Turn[]): string[] {
  return turns.map((turn) => {
    if (turn.who === "you") return `you: ${turn.text}|${turn.interim}`;
    const said = turn.segments.map(({ text, heard, isCut }) => {
      const rest = text.slice(heard);
      return `[${text.slice(0, heard)}]${isCut ? `~${rest}~` : rest}`;
    });
    return `bot: ${said.join(" ")}`;
  });
}

describe("the captions of examples/web", () => {
  let captions: Captions;
  let changes: number;

  beforeEach(() => {
    changes = 0;
    captions = new Captions(() => changes++);
  });

  const bot = (text: string, id: number, status: "new" | "in-progress" | "completed", heard?: string): void =>
    captions.botOutput({
      text,
      segment_id: id,
      will_be_spoken: true,
      spoken_status: status,
      ...(heard !== undefined && { spoken_progress: { accumulated_text: heard } }),
    });

  it("follow what is heard of each sentence", () => {
    bot("Good day.", 1, "new");
    bot("How are you?", 2, "new");
    expect(shown(captions.turns)).toEqual(["bot: []Good day. []How are you?"]);
    bot("Good day.", 1, "in-progress", "Good");
    expect(shown(captions.turns)).toEqual(["bot: [Good] day. []How are you?"]);
    bot("Good day.", 1, "completed");
    bot("How are you?", 2, "in-progress", "How are");
    expect(shown(captions.turns)).toEqual(["bot: [Good day.] [How are] you?"]);
    expect(changes).toBe(5);
  });

  it("strike out what an interruption cut, and go on in a turn of its own", () => {
    bot("Good day.", 1, "completed");
    bot("How are you?", 2, "in-progress", "How");
    captions.userSaid("stop", false);
    captions.botInterrupted();
    bot("How are you?", 2, "completed");
    captions.userSaid("Stop it.", true);
    bot("As you like.", 3, "new");
    expect(shown(captions.turns)).toEqual([
      "bot: [Good day.] [How]~ are you?~",
      "you: Stop it.|",
      "bot: []As you like.",
    ]);
  });

  it("replace interim words by the final ones, and collect those of one turn", () => {
    captions.userSaid("what is", false);
    captions.userSaid("what is your", false);
    expect(shown(captions.turns)).toEqual(["you: |what is your"]);
    captions.userSaid("What is your name?", true);
    captions.userSaid("and", false);
    expect(shown(captions.turns)).toEqual(["you: What is your name?|and"]);
    captions.userTyped("Typed.");
    expect(shown(captions.turns)).toHaveLength(2);
  });

  it("show text that is not spoken as it is, and words that were heard stay heard", () => {
    captions.botOutput({ text: "A list.", will_be_spoken: false, spoken_status: "new" });
    bot("One two.", 7, "in-progress", "One two");
    bot("One two.", 7, "in-progress", "One");
    expect(shown(captions.turns)).toEqual(["bot: [A list.] [One two]."]);
  });

  it("keep the first latency of a turn, and a bounded number of turns", () => {
    captions.botAnswered(700);
    captions.botAnswered(900);
    expect(captions.turns[0]).toMatchObject({ who: "bot", latencyMs: 700 });
    for (let count = 0; count < 500; count++) captions.userTyped("again");
    expect(captions.turns).toHaveLength(200);
  });
});
