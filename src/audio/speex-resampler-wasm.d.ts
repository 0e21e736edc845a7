declare module "@echogarden/speex-resampler-wasm/simd" {
  const instantiate: () => Promise<unknown>;
  export default instantiate;
}
