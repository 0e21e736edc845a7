import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PlayoutLedger } from "../../../src/transport/playout/playout-ledger.ts";

describe("PlayoutLedger", () => {
  it("resolves a wait when its position has been played, and not before", async () => {
    const ledger = new PlayoutLedger();
    ledger.wrote(100);
    let heard = "";
    const waiting = ledger.whenPlayed(80).then((outcome) => (heard = outcome));
    ledger.playedUpTo(79);
    await Promise.resolve();
    expect(heard).toBe("");
    ledger.playedUpTo(80);
    await waiting;
    expect(heard).toBe("played");
  });

  it("ends waits for positions that a flush dropped", async () => {
    const ledger = new PlayoutLedger();
    ledger.wrote(100);
    ledger.playedUpTo(30);
    const waiting = ledger.whenPlayed(100);
    expect(ledger.flush()).toBe(30);
    expect(await waiting).toBe("flushed");
    expect(ledger.written).toBe(30);
  });

  it("ends waits when it is closed, and waits that begin after that", async () => {
    const ledger = new PlayoutLedger();
    ledger.wrote(10);
    const waiting = ledger.whenPlayed(10);
    ledger.close();
    expect(await waiting).toBe("closed");
    expect(await ledger.whenPlayed(10)).toBe("closed");
  });

  it("never counts more as played than was written, and never goes back, whatever is reported", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("wrote" as const), n: fc.nat(1000) }),
      fc.record({ do: fc.constant("played" as const), n: fc.nat(20_000) }),
      fc.record({ do: fc.constant("flush" as const), n: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const ledger = new PlayoutLedger();
        let before = 0;
        for (const { do: what, n } of steps) {
          if (what === "wrote") ledger.wrote(n);
          else if (what === "played") ledger.playedUpTo(n);
          else ledger.flush();
          expect(ledger.played).toBeGreaterThanOrEqual(before);
          expect(ledger.played).toBeLessThanOrEqual(ledger.written);
          before = ledger.played;
        }
      }),
    );
  });
});
