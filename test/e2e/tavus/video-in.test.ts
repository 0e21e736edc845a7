import { inflateSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { ShowAndTell } from "../../../examples/docs/show-and-tell.ts";
import {
  ErrorFrame,
  LLMTextFrame,
  type LLMMessage,
  TranscriptionFrame,
  UserImageRawFrame,
  UserImageRequestFrame,
} from "../../../src/frames/index.ts";
import { ScriptedLLMService } from "../../../src/testing/index.ts";
import { REAL_RUNTIMES } from "../../support/calls.ts";
import { RawDaily } from "../../support/raw-daily.ts";
import { tavusStage, type TavusBot, warmBrowser } from "../../support/tavus.ts";
import { BLUE, RED, shows, TestCamera } from "../../support/test-camera.ts";
import { passes, until } from "../../support/until.ts";

const stage = tavusStage();

/** A user in the bot's room with a camera that shows red next to blue. */
class ShowingUser implements AsyncDisposable {
  readonly daily: RawDaily;
  readonly #camera: TestCamera;

  private constructor(daily: RawDaily, camera: TestCamera) {
    this.daily = daily;
    this.#camera = camera;
  }

  static async join(bot: TavusBot): Promise<ShowingUser> {
    const daily = await RawDaily.join(bot.url, { userName: "Grace" });
    const camera = new TestCamera();
    await daily.openCamera(camera.track);
    await until("the user is seen", () => bot.events.includes("clientConnected Grace"));
    return new ShowingUser(daily, camera);
  }

  get id(): string {
    return this.daily.sessionId;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daily[Symbol.asyncDispose]();
    this.#camera.close();
  }
}

/** Answers as a model would: with the colours in the middle of the two halves of the PNG. */
function describePicture(messages: readonly LLMMessage[]): string {
  const content = messages.at(-1)?.content;
  const image = typeof content === "string" ? undefined : content?.find((part) => part.type === "image");
  if (image?.mimeType !== "image/png") return "no picture";
  const png = Buffer.from(image.data);
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const rows = inflateSync(png.subarray(41, png.indexOf("IEND") - 8));
  const colour = (part: number): string => {
    const at = (height >> 1) * (width * 3 + 1) + 1 + Math.floor(width * part) * 3;
    const [red = 0, , blue = 0] = rows.subarray(at, at + 3);
    return red > blue ? "red" : "blue";
  };
  return `${colour(0.25)} beside ${colour(0.75)}`;
}

describe.each(REAL_RUNTIMES)("a bot with eyes on the %s runtime", (runtime) => {
  warmBrowser(runtime);
  const options = { runtime, params: { videoInEnabled: true } } as const;

  it("sees the user it watches, not the pal, and nobody else", async () => {
    await stage.open();
    const bot = await stage.bot(options).ready();
    await using user = await ShowingUser.join(bot);
    await passes(500);
    const pictures = (): UserImageRawFrame[] => bot.heard.of(UserImageRawFrame);
    expect(pictures()).toEqual([]);

    const capture = await bot.transport.captureParticipantVideo(user.id, { fps: 5, maxWidth: 320 });
    await until("pictures", () => pictures().length > 5, 10_000);
    await until("red and blue", () => shows(pictures().at(-1), RED, BLUE), 10_000);
    expect(pictures().at(-1)).toMatchObject({ userId: user.id, transportSource: "camera", width: 320, height: 240 });
    expect(new Set(pictures().map(({ userId }) => userId))).toEqual(new Set([user.id]));

    await user.daily.call.leave();
    await until("the leave is seen", () => bot.events.includes("clientDisconnected Grace"));
    expect(capture.closed).toBe(true);
    expect(bot.errors).toEqual([]);
  });

  it("sees the pal's face when its session is named", async () => {
    await stage.open();
    const bot = await stage.bot(options).ready();
    const { sessionId = "" } = stage.palOf(bot);
    await bot.transport.captureParticipantVideo(sessionId, { fps: 5 });
    const newest = (): UserImageRawFrame | undefined => bot.heard.of(UserImageRawFrame).at(-1);
    await until("the pal's picture", () => newest()?.width === 320 && newest()?.height === 240, 10_000);
    const middle = (120 * 320 + 160) * 3;
    const [red = 0, , blue = 0] = newest()?.image.subarray(middle) ?? [];
    // A face in front of a bluish background.
    expect(red - blue).toBeGreaterThan(20);
  });

  it("answers each request with one picture and releases the camera; a camera that is off is an error", async () => {
    await stage.open();
    const bot = await stage.bot(options).ready();
    await using user = await ShowingUser.join(bot);
    const requests = [0, 1].map(() => new UserImageRequestFrame({ userId: user.id, text: "What is it?" }));
    for (const request of requests) bot.heard.push(request, "upstream");
    const answers = (): UserImageRawFrame[] => bot.heard.of(UserImageRawFrame);
    await until("the answers", () => answers().length === 2, 10_000);
    await passes(500);
    expect(answers().map(({ request }) => request)).toEqual(requests);

    user.daily.call.setLocalVideo(false);
    await passes(300);
    bot.heard.push(new UserImageRequestFrame({ userId: user.id }), "upstream");
    await until("the error", () => bot.upstream.kinds().includes("ErrorFrame"), 8000);
    expect(bot.upstream.of(ErrorFrame)[0]?.error).toMatchObject({ code: "noUserImage", userId: user.id });
    expect(answers()).toHaveLength(2);
  });

  it("describes what the user shows", async () => {
    await stage.open();
    const llm = new ScriptedLLMService({ answers: describePicture, latencyMs: 0, wordDelayMs: 0 });
    const bot = await stage.bot({ ...options, processors: [new ShowAndTell(), llm] }).ready();
    await using user = await ShowingUser.join(bot);
    bot.task.queueFrame(new TranscriptionFrame({ text: "What do you see?", userId: user.id }));
    await until("an answer", () => bot.said.kinds().includes("LLMFullResponseEndFrame"), 10_000);
    const answer = bot.said.of(LLMTextFrame).map(({ text }) => text);
    expect(answer.join("")).toBe("red beside blue");
    expect(llm.requests[0]?.at(-1)?.content).toMatchObject([{ type: "text", text: "What do you see?" }, {}]);
  });
});
