import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseWebhook, WebhookError } from "../../../src/api/index.ts";
import { toShutdownCause } from "../../../src/api/webhooks/webhook-readers.ts";
import { callback, CALLBACKS } from "./bodies.ts";

describe("a webhook", () => {
  it.each(CALLBACKS)("is read: %s", (_name, body, webhook) => {
    for (const form of [body, JSON.stringify(body), Buffer.from(JSON.stringify(body))])
      expect(parseWebhook(form)).toMatchObject({ ...webhook, raw: body });
  });

  it("has the fields of its envelope", () => {
    expect(parseWebhook(callback("system.shutdown"))).toMatchObject({
      conversationId: "c123",
      eventType: "system.shutdown",
      timestamp: "2025-07-11T06:48:37.564961Z",
    });
  });

  it.each([
    ["max_call_duration reached", "maxCallDuration"],
    ["participant_left_timeout reached", "participantLeft"],
    ["participant_left_timeout", "participantLeft"],
    ["participant_absent_timeout reached", "participantAbsent"],
    ["bot_could_not_join_meeting_it_was_probably_ended", "couldNotJoin"],
    ["daily_room_has_been_deleted", "roomDeleted"],
    ["exception_encountered_during_conversation_startup", "startupFailed"],
    ["end_conversation_endpoint_hit", "endedByRequest"],
    ["internal error occurred at step x", "internalError"],
    ["something new", "unknown"],
    [undefined, "unknown"],
  ] as const)("has a cause for the shutdown reason: %s", (reason, cause) => {
    expect(toShutdownCause(reason)).toBe(cause);
  });

  it("is unknown when it lacks what its event needs", () => {
    const body = callback("application.transcription_ready", { transcript: "text" });
    expect(parseWebhook(body)).toMatchObject({ type: "unknown", raw: body });
  });

  it.each([["not JSON"], ["[1]"], ["3"], [""], ["null"]])("is not parsed from %j", (body) => {
    expect(() => parseWebhook(body)).toThrow(WebhookError);
  });

  it("fails only with a WebhookError, whatever is posted", () => {
    const names = CALLBACKS.map(([, { event_type: name }]) => name);
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(...names), (text, event_type) => {
        const junk: unknown = JSON.parse(text);
        try {
          parseWebhook(text);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WebhookError);
        }
        parseWebhook({ event_type, properties: junk, conversation_id: junk, timestamp: junk, status: junk });
      }),
    );
  });
});
