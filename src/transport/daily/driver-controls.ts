import type { DailyCall as DailyCallObject } from "@daily-co/daily-js";

import type { CallControls, DailyOptions, RemoteParticipantChange } from "./call-controls.ts";
import { DriverError } from "./driver-failure.ts";
import type { ControlRequestOf } from "./driver-messages.ts";

/** The part of the driver that passes requests to daily-js as they are. daily-js checks their options. */
export class DriverControls {
  readonly #call: DailyCallObject;

  constructor(call: DailyCallObject) {
    this.#call = call;
  }

  async run({ control, argument }: ControlRequestOf): Promise<unknown> {
    const run = this.#controls[control] as (argument: unknown) => unknown;
    return await run(argument);
  }

  readonly #controls: { readonly [C in keyof CallControls]: (argument: CallControls[C][0]) => unknown } = {
    updateRemoteParticipants: (changes) => {
      const known = this.#call.participants();
      for (const sessionId of Object.keys(changes)) {
        if (known[sessionId]?.local !== false)
          throw new DriverError("unknownParticipant", `Nobody else with session id ${sessionId} is in the room.`);
      }
      const updates = Object.entries(changes).map(([id, change]) => [id, toUpdate(change)] as const);
      this.#call.updateParticipants(Object.fromEntries(updates));
    },
    // Typed as the settings; it answers with them in an object before the call machine is loaded only.
    updateSendSettings: (settings) => this.#call.updateSendSettings(settings as never),
    // Typed as the settings; it answers with them in an object.
    updateReceiveSettings: async (settings) => {
      const answer = (await this.#call.updateReceiveSettings(settings as never)) as { receiveSettings?: DailyOptions };
      return answer.receiveSettings ?? answer;
    },
    startRecording: (options) => {
      this.#call.startRecording(options);
    },
    stopRecording: (options) => {
      this.#call.stopRecording(options as never);
    },
    startTranscription: (options) => {
      this.#call.startTranscription(options);
    },
    stopTranscription: (options) => {
      // It refuses an object without an instance.
      this.#call.stopTranscription("instanceId" in options ? options : undefined);
    },
    setUserName: async (name) => {
      await this.#call.setUserName(name, { thisMeetingOnly: true });
    },
    setUserData: async (data) => {
      await this.#call.setUserData(data);
    },
    telephony: ({ method, options }) => this.#call[method](options as never),
  };
}

function toUpdate({ microphone, camera, screen, eject, permissions }: RemoteParticipantChange): object {
  return {
    ...(microphone !== undefined && { setAudio: microphone }),
    ...(camera !== undefined && { setVideo: camera }),
    ...(screen !== undefined && { setScreenShare: screen }),
    ...(eject === true && { eject: true }),
    ...(permissions !== undefined && { updatePermissions: permissions }),
  };
}
