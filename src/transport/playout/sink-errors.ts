import { TavusTransportError } from "../../util/errors.ts";

function describeDestination(destination: string | undefined): string {
  return destination === undefined ? "the default destination" : `destination "${destination}"`;
}

/** The way to the listener is gone, although nobody here closed it. */
export class AudioSinkLostError extends TavusTransportError {
  /** Always "audioSinkLost". */
  readonly code = "audioSinkLost";
  /** Undefined is the default destination. */
  readonly destination: string | undefined;

  /** `destination`: undefined is the default one. */
  constructor(destination: string | undefined) {
    super(`The output for ${describeDestination(destination)} closed by itself; end the task.`);
    this.destination = destination;
  }
}

/** A sink did not take audio or video, and that is lost. Reported once per destination; its `stats` count the rest. */
export class SinkWriteError extends TavusTransportError {
  /** Always "sinkWriteFailed". */
  readonly code = "sinkWriteFailed";
  /** Undefined is the default destination. */
  readonly destination: string | undefined;

  /** `cause`: what the sink threw; undefined when it only refused. */
  constructor(what: "audio" | "video", destination: string | undefined, cause: unknown) {
    super(
      `The output for ${describeDestination(destination)} did not take ${what} and it is lost; later losses are only counted ` +
        "(see the transport's stats). Check the connection.",
      { cause },
    );
    this.destination = destination;
  }
}
