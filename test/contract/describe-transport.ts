import { describe, it } from "vitest";

import { transportContract, type TransportStage } from "../../src/testing/transport-contract.ts";

/** Registers the contract of all transports as tests. */
export function describeTransport(name: string, open: () => Promise<TransportStage>): void {
  describe(`the transport contract: ${name}`, () => {
    for (const { name: title, run } of transportContract(open)) it(title, run);
  });
}
