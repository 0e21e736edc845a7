import { TavusTransportError } from "../../util/errors.ts";
import type { VoiceRoute } from "./voice-route.ts";

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

/** One of the routes of a voice does not work. The voice itself goes on where there is another route. */
export class VoiceRouteError extends TavusTransportError {
  /** Always "voiceRouteFailed". */
  readonly code = "voiceRouteFailed";
  /** The route that failed. */
  readonly route: VoiceRoute;

  /** `cause`: what the route's sink threw; undefined when it closed or refused audio. */
  constructor(route: VoiceRoute, cause: unknown) {
    const how = cause === undefined ? "closed by itself or refuses audio" : "failed";
    super(`The bot's voice cannot use the ${route}: its output ${how}. Check the connection.`, { cause });
    this.route = route;
  }
}
