import { randomUUID } from "node:crypto";

import fc from "fast-check";

import { TavusApiError, WebhookError, decodeInCallEvent, parseWebhook } from "../../../src/api/index.ts";
import { decodeWav, encodeWav, WavFormatError } from "../../../src/audio/index.ts";
import { createTavusApp } from "../../../src/emulator/api/index.ts";
import { clientMessage } from "../../../src/emulator/room/protocol.ts";
import { Room, RoomRefusal } from "../../../src/emulator/room/room.ts";
import { TavusState } from "../../../src/emulator/state/tavus-state.ts";
import { MarkdownTextFilter, SentenceAggregator } from "../../../src/services/index.ts";
import { parseControlAnswer } from "../../../src/transport/daily/remote/control-messages.ts";
import { parseRoomUrl } from "../../../src/transport/daily/room-url.ts";
import { systemClock } from "../../../src/util/clock.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { clientWith } from "../../api/clients.ts";
import { conversation, system } from "../../api/events/messages.ts";
import { CALLBACKS } from "../../api/webhooks/bodies.ts";
import { RecordingHost } from "../../emulator/api/serve-api.ts";
import { almost, hostileValue } from "./hostile-values.ts";

/** A place where the library reads input from strangers, and the property that must hold for any input. */
export interface FuzzTarget {
  readonly name: string;
  /** The number of runs in the tests. */
  readonly runs: number;
  readonly property: fc.IAsyncProperty<unknown[]> | fc.IProperty<unknown[]>;
}

function target<T extends unknown[]>(
  name: string,
  runs: number,
  property: fc.IAsyncProperty<T> | fc.IProperty<T>,
): FuzzTarget {
  return { name, runs, property: property };
}

/** Rethrows anything but the expected errors. */
function mustBe(thrown: unknown, ...expected: readonly (abstract new (...args: never[]) => Error)[]): void {
  if (!expected.some((type) => thrown instanceof type)) throw thrown;
}

const EVENTS = [
  system("system.pal_joined", { face_id: "f" }),
  system("system.shutdown", { reason: "max_call_duration reached" }),
  conversation("conversation.started_speaking", { role: "pal" }),
  conversation("conversation.stopped_speaking", { role: "replica", interrupted: false, duration: 2.3 }),
  conversation(
    "conversation.utterance",
    { role: "user", speech: "Hi", visual_context: "a desk" },
    { seq: 3, turn_idx: 1 },
  ),
  conversation("conversation.tool_call", { name: "weather", arguments: '{"city":"Rome"}', tool_call_id: "t" }),
  conversation("conversation.perception_tool_call", { name: "hat", arguments: {}, frames: [{ data: "AA==" }] }),
];

const inCallEvents = target(
  "in-call events",
  4000,
  fc.property(almost(...EVENTS), (message) => {
    const { is } = decodeInCallEvent(message);
    if (!["event", "other", "malformed"].includes(is)) throw new Error(`decoded as ${is}`);
  }),
);

const webhooks = target(
  "webhooks",
  3000,
  fc.property(almost(...CALLBACKS.map(([, body]) => body)), fc.boolean(), (body, asText) => {
    try {
      parseWebhook(asText ? JSON.stringify(body) : (body as object));
    } catch (thrown) {
      mustBe(thrown, WebhookError);
    }
  }),
);

const CONVERSATION = {
  conversation_id: "c1",
  conversation_name: "Name",
  conversation_url: "https://tavus.daily.co/c1",
  status: "active",
  created_at: "2026-01-01T00:00:00Z",
};
const PAL = { pal_id: "p1", pal_name: "Ari", default_face_id: "r1", pipeline_mode: "echo", layers: {} };

async function firstOf(listing: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of listing) return;
}

const answers = target(
  "answers of the API",
  600,
  fc.asyncProperty(
    almost(CONVERSATION, PAL, { data: [CONVERSATION, PAL], total_count: 2 }, { message: "no", error: "why" }),
    fc.constantFrom(200, 201, 204, 301, 400, 401, 402, 404, 422, 429, 500, 503),
    fc.nat({ max: 5 }),
    async (body, status, method) => {
      const hasBody = status !== 204;
      const api = clientWith(() =>
        Promise.resolve(
          new Response(hasBody ? JSON.stringify(body) : null, { status, headers: { "retry-after": "99999" } }),
        ),
      );
      const calls: readonly (() => Promise<unknown>)[] = [
        () => api.createConversation({ faceId: "r1", palId: "p1" }),
        () => api.getConversation("c1"),
        () => api.endConversation("c1"),
        () => api.getPal("p1"),
        () => firstOf(api.listConversations()),
        () => firstOf(api.listPals()),
      ];
      await calls[method]?.().catch((thrown: unknown) => {
        mustBe(thrown, TavusApiError);
      });
    },
  ),
);

const PATHS = [
  "/conversations",
  "/pals",
  "/personas",
  "/faces",
  "/documents",
  "/tools",
  "/objectives",
  "/guardrails",
  "/videos",
];
const BODIES = [
  {
    face_id: "r90bbd427f71",
    pal_id: "pipecat-stream",
    properties: { max_call_duration: 60 },
    callback_url: "https://x.test",
  },
  { pal_name: "Ari", default_face_id: "r90bbd427f71", layers: { llm: { model: "x" } }, pipeline_mode: "full" },
  [{ op: "replace", path: "/layers/llm/model", value: "y" }],
  { document_url: "https://x.test/a.pdf", document_name: "a" },
  { name: "tool", description: "d", parameters: { type: "object", properties: {} } },
  { data: [{ objective_name: "o", objective_prompt: "p" }] },
];
const emulatedApi = target(
  "requests to the emulated API",
  250,
  fc.asyncProperty(
    fc.array(
      fc.record({
        method: fc.constantFrom("GET", "POST", "PATCH", "PUT", "DELETE"),
        path: fc.constantFrom(...PATHS),
        rest: fc.constantFrom("", "/", "/p1", "//", "/%00", "/..", "/x/tools", "?limit=-1&page=1e9", "/__proto__"),
        body: almost(...BODIES),
        isBroken: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    async (requests) => {
      const state = new TavusState({ host: new RecordingHost(), origin: "http://rooms.test", logger: silentLogger });
      const app = createTavusApp(state);
      const headers = { "x-api-key": state.apiKey, "content-type": "application/json" };
      for (const { method, path, rest, body, isBroken } of requests) {
        const text = JSON.stringify(body);
        const sent = method === "GET" ? {} : { body: isBroken ? text.slice(0, -1) : text };
        const answer = await app.request(`/v2${path}${rest}`, { method, headers, ...sent });
        if (answer.status >= 500) throw new Error(`${method} ${path}${rest}: ${answer.status} ${await answer.text()}`);
      }
      for (const path of PATHS) {
        const answer = await app.request(`/v2${path}`, { headers });
        if (answer.status !== 200) throw new Error(`afterwards, GET ${path}: ${answer.status} ${await answer.text()}`);
      }
      await state.shutDown();
    },
  ),
);

const ANNA = "1f6f0b1e-7d63-4b1c-8a06-0d1a8f4e6a11";
const SIGNALS = [
  {
    type: "join",
    room: "r",
    sessionId: randomUUID(),
    userName: "x",
    userData: { a: [1] },
    publications: { "cam-audio": { kind: "audio", on: true } },
  },
  { type: "publish", publications: { "cam-audio": { kind: "audio", on: false } } },
  { type: "update", userName: "y", userData: { deep: { er: 1 } } },
  {
    type: "subscribe",
    to: ANNA,
    subscriptions: {
      "cam-audio": true,
      "cam-video": false,
      "screen-audio": "staged",
      "screen-video": true,
      custom: { s: true },
    },
  },
  {
    type: "signal",
    to: ANNA,
    signal: { role: "publisher", description: { type: "offer", sdp: "v=0", tags: { 0: "cam-audio" } } },
  },
  { type: "app-message", to: "*", data: { message_type: "conversation" } },
  { type: "eject", id: ANNA },
  { type: "mute", id: ANNA, audio: true },
];
const signalling = target(
  "a local room's signalling",
  2000,
  fc.property(fc.array(almost(...SIGNALS), { maxLength: 12 }), (messages) => {
    const room = new Room("r", {}, systemClock, (error) => {
      throw error;
    });
    // Everything that is forwarded to other members must be serializable.
    const member = { send: (message: unknown) => void JSON.stringify(message), close: () => undefined };
    room.join({ type: "join", room: "r", sessionId: ANNA, userName: "Anna", publications: {} }, member);
    const stranger = randomUUID();
    room.join({ type: "join", room: "r", sessionId: stranger, userName: "S", publications: {} }, member);
    for (const message of messages) {
      const { success, data } = clientMessage.safeParse(JSON.parse(JSON.stringify(message)));
      if (!success) continue;
      try {
        if (data.type === "join") room.join(data, member);
        else room.handle(stranger, data);
      } catch (thrown) {
        mustBe(thrown, RoomRefusal);
      }
    }
    const late = { type: "join", room: "r", sessionId: randomUUID(), userName: "Late", publications: {} } as const;
    room.join(late, member);
  }),
);

const pageMessages = target(
  "control messages of a call page",
  2000,
  fc.property(
    almost(
      { id: 1, result: { sessionId: "s" } },
      { id: 2, failure: { code: "joinFailed", message: "no" } },
      { event: { type: "participantJoined", participant: { sessionId: "s", userName: "x", custom: {} } } },
    ),
    (message) => {
      parseControlAnswer(Buffer.from(JSON.stringify(message)));
    },
  ),
);

const SOUND = encodeWav(
  Int16Array.from({ length: 400 }, (_, n) => n),
  { sampleRate: 16_000, channels: 2 },
);
const wavFiles = target(
  "WAV files",
  3000,
  fc.property(
    fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })), { maxLength: 8 }),
    fc.nat({ max: SOUND.length }),
    (changes, length) => {
      const bytes = Buffer.from(SOUND.subarray(0, length));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      try {
        decodeWav(bytes);
      } catch (thrown) {
        mustBe(thrown, WavFormatError);
      }
    },
  ),
);

const spokenText = target(
  "text that is spoken",
  1000,
  fc.property(
    fc.array(
      fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("[a](", "***", "```", "J. ", "e.g.", "...", "\n")),
      { maxLength: 60 },
    ),
    (parts) => {
      const aggregator = new SentenceAggregator();
      const sentences = parts.flatMap((part) => aggregator.add(part));
      const all = sentences.join("") + (aggregator.flush() ?? "");
      if (all !== parts.join("")) throw new Error("text was lost or made up");
      new MarkdownTextFilter().filter(all);
    },
  ),
);

const roomUrls = target(
  "room URLs",
  2000,
  fc.property(
    fc.oneof(
      fc.webUrl(),
      fc.string(),
      hostileValue.map((value) => JSON.stringify(value)),
      fc.constantFrom("http://127.0.0.1:1/", "https://x//", "http:/"),
    ),
    (url) => {
      try {
        parseRoomUrl(url);
      } catch (thrown) {
        mustBe(thrown, InvalidOptionError);
      }
    },
  ),
);

/** Every place where the library or the emulator reads input from strangers, servers or files. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  inCallEvents,
  webhooks,
  answers,
  emulatedApi,
  signalling,
  pageMessages,
  wavFiles,
  spokenText,
  roomUrls,
];
