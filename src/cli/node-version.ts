/** `engines` in package.json says the same. */
const MIN_NODE_MAJOR = 24;

/** What is wrong with this version of Node ("24.1.0"), and what to do; undefined when nothing is. */
export function findNodeVersionProblem(version: string): string | undefined {
  if (Number.parseInt(version) >= MIN_NODE_MAJOR) return undefined;
  return `Node ${MIN_NODE_MAJOR} or newer is needed, this is ${version}. Next: install it (https://nodejs.org).`;
}
