/**
 * Resolves in the next turn of the event loop. Frames cross a pipeline in microtasks, so frames pushed before have been
 * handled by then, unless a handler is slow.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
