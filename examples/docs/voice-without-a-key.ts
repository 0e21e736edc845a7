import { Pipeline, PipelineTask, systemClock, TTSSpeakFrame, TTSTextFrame } from "tavus-transport";
import { CartesiaTTSService } from "tavus-transport/cartesia";
import { FakeCartesia, FrameCollector } from "tavus-transport/testing";

/** Speaks a text with a tone for a voice. Returns its words with their places in the audio, in milliseconds. */
export async function speakWithoutKey(text: string): Promise<readonly (readonly [string, number | undefined])[]> {
  await using cartesia = await FakeCartesia.start({ msPerCharacter: 50 });
  const tts = new CartesiaTTSService({ apiKey: cartesia.apiKey, baseUrl: cartesia.wsUrl });
  const said = new FrameCollector(systemClock, "downstream");
  const task = new PipelineTask(new Pipeline([tts, said]));
  task.queueFrame(new TTSSpeakFrame(text));
  task.end();
  await task.run();
  return said.of(TTSTextFrame).map(({ text: word, audioOffsetMs }) => [word.trim(), audioOffsetMs]);
}
