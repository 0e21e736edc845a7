import { TavusTransportError } from "./errors.ts";

/** A required optional package is not installed, or cannot be loaded on this machine (see `cause`). */
export class MissingPackageError extends TavusTransportError {
  readonly code = "missingPackage";
  /** The npm packages to install. */
  readonly packages: readonly string[];

  constructor(user: string, packages: readonly string[], cause?: unknown) {
    const which = packages.length === 1 ? "the package" : "the packages";
    super(`${user} needs ${which} ${packages.join(" and ")}. Run "npm install ${packages.join(" ")}".`, { cause });
    this.packages = packages;
  }
}
