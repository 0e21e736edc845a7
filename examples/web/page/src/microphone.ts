/** What to tell the user, by the name of the error of `getUserMedia`. */
const PROBLEMS: Readonly<Record<string, string>> = {
  NotAllowedError: "access was denied",
  NotFoundError: "there is none",
  NotReadableError: "another program uses it",
};

/** The user's answer to the browser's question for the microphone. */
export interface Microphone {
  /** Why there is none; undefined when there is one. */
  readonly problem: string | undefined;
  /** Gives the device back. Until then the browser does not ask again. */
  release(): void;
}

/** Asks for the microphone before a conversation exists, because a conversation costs money while the user makes up their mind. */
export async function askForMicrophone(): Promise<Microphone> {
  try {
    // Undefined in a page that is served neither by https nor by this machine.
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    if (!devices) return { problem: "this page is not served by https", release: () => undefined };
    const stream = await devices.getUserMedia({ audio: true });
    return { problem: undefined, release: () => stream.getTracks().forEach((track) => track.stop()) };
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    return { problem: PROBLEMS[name] ?? "it does not start", release: () => undefined };
  }
}
