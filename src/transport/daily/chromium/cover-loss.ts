/**
 * Sound in place of audio that was lost: what was heard last, backwards, so that it continues without a click, and fading out.
 */
export function coverLoss(heard: Int16Array, samples: number): Int16Array {
  const cover = new Int16Array(samples);
  for (let i = 0; i < Math.min(samples, heard.length); i++)
    cover[i] = Math.round((heard[heard.length - 1 - i] ?? 0) * (1 - i / heard.length));
  return cover;
}
