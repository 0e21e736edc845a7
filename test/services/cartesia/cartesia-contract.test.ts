import { describe, it } from "vitest";

import { CartesiaTTSService } from "../../../src/services/cartesia/index.ts";
import {
  FakeCartesia,
  ttsServiceContract,
  type TTSServiceStage,
  type TTSServiceStageOptions,
} from "../../../src/testing/index.ts";
import { withoutUndefined } from "../../../src/util/without-undefined.ts";

const variants = {
  before: { wordTimes: "before" },
  after: { wordTimes: "after", sendsUnknownMessages: true },
} as const;

describe.each(Object.values(variants))("CartesiaTTSService, with word times $wordTimes the audio", (variant) => {
  const open = async ({ paced, audioTimeoutMs }: TTSServiceStageOptions): Promise<TTSServiceStage> => {
    const vendor = await FakeCartesia.start({ chunkMs: paced ? 5 : 0, ...variant });
    const service = new CartesiaTTSService({
      ...{ apiKey: vendor.apiKey, baseUrl: vendor.wsUrl },
      ...withoutUndefined({ audioTimeoutMs }),
    });
    return {
      service,
      faults: vendor.faults,
      openCount: () => vendor.openCount,
      stoppedCount: () => vendor.contexts.filter(({ state }) => state === "cancelled").length,
      requestCount: () => vendor.requests.length,
      close: () => vendor.close(),
    };
  };
  const cases = ttsServiceContract({ open, wire: "connection" });
  // What does not depend on when words are reported runs once.
  const chosen =
    variant === variants.before
      ? cases
      : cases.filter(({ name }) => !/turns|limits|silent|key|cancellation/.test(name));
  for (const { name, run } of chosen) it(name, run, 20_000);
});
