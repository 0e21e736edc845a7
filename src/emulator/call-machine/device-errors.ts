export type DeviceKind = "audio" | "video";

/** Why a track is `blocked`, as daily-js' participant object names it. */
export type BlockReason = "byPermissions" | "byDeviceMissing" | "byDeviceInUse";

export interface DeviceFailure {
  readonly kind: DeviceKind;
  /** What getUserMedia threw. */
  readonly error: Error;
}

type Cause = "permissions" | "not-found" | "in-use" | "constraints" | "undefined-mediadevices" | "unknown";

/** DOMException names of getUserMedia → Daily's error types (docs.daily.co, "Handling device permissions"). */
const CAUSE_BY_NAME: Readonly<Record<string, Cause>> = {
  NotAllowedError: "permissions",
  SecurityError: "permissions",
  NotFoundError: "not-found",
  NotReadableError: "in-use",
  AbortError: "in-use",
  OverconstrainedError: "constraints",
};

const BLOCK_REASON: Readonly<Partial<Record<Cause, BlockReason>>> = {
  permissions: "byPermissions",
  "not-found": "byDeviceMissing",
  "in-use": "byDeviceInUse",
};

/** What Chrome says when not the user but the operating system, or the page that embeds this one, denies the device. */
const DENIED_BY_BROWSER = /system|policy/i;

function toCause({ name }: Error): Cause {
  // getUserMedia throws it for an empty request; without mediaDevices (no secure context) there is nothing to call.
  if (name === "TypeError") return "mediaDevices" in navigator ? "constraints" : "undefined-mediadevices";
  return CAUSE_BY_NAME[name] ?? "unknown";
}

/** How the track of a device shows that the device could not be opened; undefined where Daily has no word for it. */
export function blockReason(error: Error): BlockReason | undefined {
  return BLOCK_REASON[toCause(error)];
}

function details(cause: Cause, failures: readonly DeviceFailure[], error: Error): object {
  const media = failures.map(({ kind }) => kind);
  switch (cause) {
    case "permissions": {
      const byBrowser = error.name === "SecurityError" || DENIED_BY_BROWSER.test(error.message);
      return { type: cause, blockedBy: byBrowser ? "browser" : "user", blockedMedia: media };
    }
    case "not-found":
      return { type: cause, missingMedia: media };
    case "in-use": {
      const names = { audio: "mic-in-use", video: "cam-in-use" } as const;
      return { type: media.length > 1 ? "cam-mic-in-use" : names[media[0] ?? "video"] };
    }
    case "constraints":
      return { type: cause, reason: error.name === "TypeError" ? "none-specified" : "invalid", failedMedia: media };
    default:
      return { type: cause };
  }
}

/** The payloads of `camera-error` events for devices that failed together: one event for each cause. */
export function cameraErrors(failures: readonly DeviceFailure[]): object[] {
  const byCause = Map.groupBy(failures, ({ error }) => toCause(error));
  const isOk = (kind: DeviceKind): boolean => !failures.some((failure) => failure.kind === kind);
  return [...byCause].map(([cause, together]) => {
    const error = together[0]?.error ?? new Error("A device could not be opened.");
    const msg = error.message || error.name;
    return {
      errorMsg: { errorMsg: msg, audioOk: isOk("audio"), videoOk: isOk("video") },
      error: { ...details(cause, together, error), msg },
    };
  });
}
