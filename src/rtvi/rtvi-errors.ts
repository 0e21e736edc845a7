import { TavusTransportError } from "../util/errors.ts";

/** A message of the application is longer than the room's messages may be; it was not sent to any client. */
export class RTVIMessageTooLargeError extends TavusTransportError {
  readonly code = "messageTooLarge";
  /** The size of the message, in bytes of its JSON. */
  readonly sizeBytes: number;
  /** The most that the room takes, in bytes. */
  readonly maxBytes: number;

  constructor(type: string, sizeBytes: number, maxBytes: number) {
    super(
      `The ${type} has ${sizeBytes} bytes of JSON; this room takes ${maxBytes}. Send less, in parts, or a URL to get it from.`,
    );
    this.sizeBytes = sizeBytes;
    this.maxBytes = maxBytes;
  }
}
