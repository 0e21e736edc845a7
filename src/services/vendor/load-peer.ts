import { MissingPackageError } from "../../util/missing-package.ts";

/**
 * Loads an optional peer when a service is set up, not when its module is imported.
 *
 * @throws MissingPackageError that names the package, when it is not installed or cannot be loaded.
 */
export async function loadPeer<T>(user: string, packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (thrown) {
    throw new MissingPackageError(user, [packageName], thrown);
  }
}
