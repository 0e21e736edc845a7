// A bot that answers what it sees: it takes one picture of the user, and passes it to the model with the question.
import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";

import {
  type Frame,
  type FrameDirection,
  FrameProcessor,
  LLMContext,
  LLMContextFrame,
  type ProcessContext,
  TranscriptionFrame,
  UserImageRawFrame,
  UserImageRequestFrame,
} from "tavus-transport";

// #region ask
/** Placed between speech recognition and the model. */
export class ShowAndTell extends FrameProcessor {
  readonly #context = new LLMContext([{ role: "system", content: "Say in one sentence what the picture shows." }]);

  override async process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    if (frame instanceof TranscriptionFrame && /do you see|look at/i.test(frame.text)) {
      ctx.push(new UserImageRequestFrame({ userId: frame.userId, text: frame.text }), "upstream");
    } else if (frame instanceof UserImageRawFrame && frame.request) {
      const image = { type: "image", data: await encodePng(frame), mimeType: "image/png" } as const;
      this.#context.add({ role: "user", content: [{ type: "text", text: frame.text ?? "" }, image] });
      ctx.push(new LLMContextFrame(this.#context));
    } else {
      ctx.push(frame, direction);
    }
  }
}
// #endregion

const PNG_SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const TRUE_COLOUR = [8, 2, 0, 0, 0];

// #region png
/** Models accept files, not raw pixels. The compression runs off the event loop. */
export async function encodePng({ image, width, height }: UserImageRawFrame): Promise<Buffer> {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++)
    rows.set(image.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set(TRUE_COLOUR, 8);
  const data = await promisify(deflate)(rows);
  return Buffer.concat([PNG_SIGNATURE, chunk("IHDR", head), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
// #endregion
