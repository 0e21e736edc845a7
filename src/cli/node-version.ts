/** Must match `engines` in package.json. */
const MIN_NODE_MAJOR = 24;

/**
 * Describes the problem with a version of Node ("24.1.0") and the next step. Undefined when the version is supported.
 */
export function findNodeVersionProblem(version: string): string | undefined {
  if (Number.parseInt(version) >= MIN_NODE_MAJOR) return undefined;
  return `Node ${MIN_NODE_MAJOR} or newer is required; this is ${version}. Install it from https://nodejs.org.`;
}
