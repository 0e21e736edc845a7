import type { PcmResamplerFactory } from "./output-format.ts";

/** The library's own resampler; loaded when it is needed. */
export const defaultResampler: PcmResamplerFactory = async (fromRate, toRate, channels) => {
  const { createResampler } = await import("../../../audio/index.ts");
  return await createResampler(fromRate, toRate, channels);
};
