// A bot in a separate process. Its environment names Tavus; its arguments are the runtime of the call and the failure
// that happens once it is in the room. Prints "ready <conversation id>", and at the end the outcome of the task.
import {
  Pipeline,
  PipelineRunner,
  PipelineTask,
  TavusTransport,
  TTSAudioRawFrame,
  TTSStartedFrame,
} from "tavus-transport";

const [runtime = "native", mischief = "", onSignal = "cancel"] = process.argv.slice(2);
const rate = 24_000;
const transport = new TavusTransport({
  runtime: runtime as "native" | "chromium",
  conversation: { participantLeftTimeoutS: Number(process.env.BOT_LEFT_TIMEOUT_S ?? 1) },
});
const task = new PipelineTask(new Pipeline([transport.input(), transport.output()]), {
  params: { endTimeoutMs: 120_000 },
});

transport.on("palJoined", () => {
  // Half a minute of speech: a graceful end has to wait for it.
  if (onSignal === "end") {
    task.queueFrames([
      new TTSStartedFrame(),
      new TTSAudioRawFrame({ audio: new Int16Array(30 * rate).fill(1000), sampleRate: rate }),
    ]);
  }
  process.stdout.write(`ready ${transport.conversationId ?? ""}\n`);
  if (mischief === "throw") {
    setImmediate(() => {
      throw new Error("nobody catches this");
    });
  } else if (mischief === "reject") {
    void Promise.reject(new Error("nobody awaits this"));
  }
});

try {
  const { outcome } = await new PipelineRunner({ onSignal: onSignal as "cancel" | "end" }).run(task);
  process.stdout.write(`${outcome}\n`);
} catch (thrown) {
  const { name, code, message } = thrown as Error & { code?: string };
  process.stdout.write(`failed ${JSON.stringify({ name, code, message })}\n`);
  process.exitCode = 1;
}
