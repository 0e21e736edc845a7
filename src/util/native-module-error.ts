import { TavusTransportError } from "./errors.ts";

/** The native WebRTC module is not installed, or does not run on this machine. */
export class NativeModuleError extends TavusTransportError {
  readonly code = "runtimeUnavailable";

  constructor(reason: string, cause: unknown) {
    super(
      `WebRTC in Node needs the package @roamhq/wrtc, which cannot be loaded here (${reason}). ` +
        'Install it with "npm install @roamhq/wrtc"; calls can also use runtime: "chromium".',
      { cause },
    );
  }
}
