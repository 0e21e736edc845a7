import { TavusStatusError } from "../errors.ts";

/** Sends a request under the first name of a resource. If the resource is unknown there, tries the second name. */
export async function askUnderEitherName<T>(
  [first, second]: readonly [string, string],
  ask: (path: string) => Promise<T>,
): Promise<T> {
  try {
    return await ask(first);
  } catch (firstError) {
    if (!(firstError instanceof TavusStatusError) || (firstError.status !== 404 && firstError.status !== 400))
      throw firstError;
    try {
      return await ask(second);
    } catch (secondError) {
      const alsoUnknown = secondError instanceof TavusStatusError && secondError.code === "notFound";
      throw alsoUnknown ? firstError : secondError;
    }
  }
}
