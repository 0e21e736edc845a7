import { TavusTransportError } from "./errors.ts";

/** WebRTC's native module is not there, or not for this machine. */
export class NativeModuleError extends TavusTransportError {
  readonly code = "runtimeUnavailable";

  constructor(reason: string, cause: unknown) {
    super(
      `WebRTC in Node needs the package @roamhq/wrtc, and it cannot be loaded here (${reason}). ` +
        'Install it with "npm install @roamhq/wrtc"; a call alone can also use runtime: "chromium".',
      { cause },
    );
  }
}
