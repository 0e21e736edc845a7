import { TavusTransportError } from "./errors.ts";

/** An optional package is needed and is not installed, or cannot be loaded on this machine (see `cause`). */
export class MissingPackageError extends TavusTransportError {
  readonly code = "missingPackage";
  /** What to install. */
  readonly packages: readonly string[];

  constructor(user: string, packages: readonly string[], cause?: unknown) {
    const which = packages.length === 1 ? "the package" : "the packages";
    super(`${user} needs ${which} ${packages.join(" and ")}. Run "npm install ${packages.join(" ")}".`, { cause });
    this.packages = packages;
  }
}
