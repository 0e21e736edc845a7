import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseInCallEvent, SpeakingEventFilter, type SpeakingEvent } from "../../src/api/events.ts";

function conversation(event_type: string, rest: object = {}): unknown {
  return { message_type: "conversation", event_type, ...rest };
}

describe("in-call events", () => {
  it("know the pal's arrival by its new and its old name", () => {
    const joined = { message_type: "system", event_type: "system.pal_joined", properties: { face_id: "f" } };
    expect(parseInCallEvent(joined)).toEqual({ type: "palJoined", faceId: "f" });
    const old = { message_type: "system", event_type: "system.replica_joined", properties: { replica_id: "r" } };
    expect(parseInCallEvent(old)).toEqual({ type: "palJoined", faceId: "r" });
    expect(parseInCallEvent({ ...joined, message_type: "conversation" })).toBeUndefined();
  });

  it("read speaking in all three dialects, durations in milliseconds", () => {
    expect(
      parseInCallEvent(
        conversation("conversation.stopped_speaking", {
          inference_id: "i",
          conversation_id: "c",
          properties: { role: "pal", interrupted: true, duration: 2.341 },
        }),
      ),
    ).toEqual({
      type: "stoppedSpeaking",
      role: "pal",
      dialect: "unified",
      interrupted: true,
      durationMs: 2341,
      inferenceId: "i",
      conversationId: "c",
    });
    expect(
      parseInCallEvent(conversation("conversation.started_speaking", { properties: { role: "replica" } })),
    ).toMatchObject({ type: "startedSpeaking", role: "pal", dialect: "unifiedReplica" });
    expect(
      parseInCallEvent(conversation("conversation.replica.stopped_speaking", { properties: { duration: null } })),
    ).toEqual({ type: "stoppedSpeaking", role: "pal", dialect: "legacy", interrupted: false });
    expect(parseInCallEvent(conversation("conversation.user.started_speaking"))).toMatchObject({ role: "user" });
  });

  it("are undefined for whatever else people send, and never throw", () => {
    for (const data of [
      undefined,
      null,
      "hi",
      3,
      [],
      {},
      conversation("conversation.utterance"),
      conversation("conversation.started_speaking"),
    ]) {
      expect(parseInCallEvent(data)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom("conversation", "system"), (junk, message_type) => {
        parseInCallEvent(junk);
        parseInCallEvent({
          message_type,
          event_type: "conversation.stopped_speaking",
          properties: junk,
          inference_id: junk,
        });
        parseInCallEvent({ message_type, event_type: "system.pal_joined", properties: junk });
      }),
    );
  });

  it("said thrice count once, whichever dialect comes first", () => {
    const dialects = ["unified", "unifiedReplica", "legacy"] as const;
    const orders = fc.shuffledSubarray([...dialects], { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(orders, { minLength: 1, maxLength: 6 }), (bursts) => {
        const filter = new SpeakingEventFilter();
        const accepted: SpeakingEvent["type"][] = [];
        for (const [index, burst] of bursts.entries()) {
          const type = index % 2 === 0 ? "startedSpeaking" : "stoppedSpeaking";
          for (const dialect of burst) {
            if (filter.accept({ type, role: "pal", dialect, interrupted: false })) accepted.push(type);
          }
        }
        expect(accepted).toEqual(bursts.map((_, index) => (index % 2 === 0 ? "startedSpeaking" : "stoppedSpeaking")));
      }),
    );
  });
});
