import { describe, it } from "vitest";

import { ElevenLabsTTSService } from "../../../src/services/elevenlabs/index.ts";
import {
  FakeElevenLabs,
  ttsServiceContract,
  type TTSServiceStage,
  type TTSServiceStageOptions,
} from "../../../src/testing/index.ts";
import { withoutUndefined } from "../../../src/util/without-undefined.ts";

const variants = {
  together: { alignment: "together" },
  before: { alignment: "before", sendsUnknownMessages: true },
  after: { alignment: "after" },
} as const;

describe.each(Object.values(variants))("ElevenLabsTTSService, with alignments $alignment the audio", (variant) => {
  const open = async ({ paced, audioTimeoutMs }: TTSServiceStageOptions): Promise<TTSServiceStage> => {
    const vendor = await FakeElevenLabs.start({ chunkMs: paced ? 5 : 0, ...variant });
    const service = new ElevenLabsTTSService({
      ...{ apiKey: vendor.apiKey, baseUrl: vendor.wsUrl },
      ...withoutUndefined({ audioTimeoutMs }),
    });
    return {
      service,
      faults: vendor.faults,
      openCount: () => vendor.openCount,
      stoppedCount: () => vendor.contexts.filter(({ closedEarly }) => closedEarly).length,
      requestCount: () => vendor.requests.length,
      close: () => vendor.close(),
    };
  };
  const cases = ttsServiceContract({ open, wire: "connection" });
  // What does not depend on when words are reported runs once.
  const chosen =
    variant === variants.together
      ? cases
      : cases.filter(({ name }) => !/turns|limits|silent|key|cancellation/.test(name));
  for (const { name, run } of chosen) it(name, run, 20_000);
});
