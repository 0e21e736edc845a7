import { TavusTransportError } from "../../util/errors.ts";

function describeDestination(destination: string | undefined): string {
  return destination === undefined ? "the default destination" : `destination "${destination}"`;
}

/** The way to the listener is gone, and not by our own will. */
export class AudioSinkLostError extends TavusTransportError {
  readonly code = "audioSinkLost";
  readonly destination: string | undefined;

  constructor(destination: string | undefined) {
    super(`The output for ${describeDestination(destination)} closed by itself; end the task.`);
    this.destination = destination;
  }
}

/** A sink did not take what it was given: that is lost. Told once a destination; its `stats` count the rest. */
export class SinkWriteError extends TavusTransportError {
  readonly code = "sinkWriteFailed";
  readonly destination: string | undefined;

  constructor(what: "audio" | "video", destination: string | undefined, cause: unknown) {
    super(
      `The output for ${describeDestination(destination)} did not take ${what} and it is lost; more of it is only counted ` +
        "(see the transport's stats). Check the connection.",
      { cause },
    );
    this.destination = destination;
  }
}
