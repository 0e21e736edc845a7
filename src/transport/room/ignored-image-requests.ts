import type { UserImageRequestFrame } from "../../frames/index.ts";
import type { Logger } from "../../util/logger.ts";

/** Counts the requests for pictures that arrive although `params.videoInEnabled` is false, and warns of the first. */
export class IgnoredImageRequests {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  ignore(request: UserImageRequestFrame, logger: Logger): void {
    this.#count++;
    if (this.#count > 1) return;
    const what = "A picture of a user was requested, but params.videoInEnabled is false; the request is ignored.";
    logger.warn(`${what} Later ones are only counted (ignoredImageRequests).`, { frame: request.name });
  }
}
