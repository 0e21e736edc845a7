/** Averages interleaved channels into one. Returns mono input itself, without a copy. */
export function mixDown(interleaved: Int16Array, channels: number): Int16Array {
  if (channels === 1) return interleaved;
  const mono = new Int16Array(Math.floor(interleaved.length / channels));
  for (let at = 0; at < mono.length; at++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += interleaved[at * channels + channel] ?? 0;
    mono[at] = sum / channels;
  }
  return mono;
}
