/**
 * Chromium decodes a received track only where a media element plays it, muted or not; without one WebAudio hears
 * silence and its receiver knows no level. Undefined in Node, where there are no elements and none is needed.
 */
export function playMuted(stream: MediaStream): HTMLAudioElement | undefined {
  if (typeof Audio === "undefined") return undefined;
  const element = new Audio();
  element.muted = true;
  element.srcObject = stream;
  // Rejects when the track is removed before playback has started.
  element.play().catch(() => undefined);
  return element;
}
