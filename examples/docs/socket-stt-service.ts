import {
  type InputAudioRawFrame,
  type ProcessContext,
  type ProcessorSetup,
  StreamingConnection,
  type StreamingSocket,
  STTService,
  type STTServiceOptions,
} from "tavus-transport";

export interface SocketSTTServiceOptions extends STTServiceOptions {
  readonly url: string;
}

/** Speech to text over a WebSocket: PCM out, `{ "text": "…", "final": true }` in. */
export class SocketSTTService extends STTService {
  readonly #url: string;
  #connection: StreamingConnection | undefined;

  constructor({ url, ...options }: SocketSTTServiceOptions) {
    super({}, { ttfsP99LatencyMs: 400, ...options }); // turn strategies wait this long for the last words
    this.#url = url;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    // Reconnects with backoff, buffers at most 10 s of audio meanwhile, and reports each failure.
    this.#connection = new StreamingConnection({
      clock: this.clock,
      connect: (lost, signal) => this.#connect(lost, signal),
      onError: (error) => this.pushError(error),
      mayConnect: () => this.usable,
    });
    this.#connection.open();
  }

  protected override runSTT(audio: InputAudioRawFrame): void {
    this.#connection?.send(audio);
  }

  protected override speechStarted(): void {
    this.#connection?.setUserSpeaking(true);
  }

  protected override speechStopped(_ctx: ProcessContext): void {
    this.#connection?.setUserSpeaking(false);
  }

  override async cleanup(): Promise<void> {
    this.#connection?.close();
    await super.cleanup();
  }

  #connect(lost: (error: Error) => void, signal: AbortSignal): Promise<StreamingSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#url);
      const send = ({ audio }: InputAudioRawFrame): void => {
        socket.send(audio.slice());
      };
      socket.onopen = () => resolve({ send, close: () => socket.close() });
      socket.onerror = () => reject(new Error("The recogniser refused the connection."));
      socket.onclose = () => lost(new Error("The recogniser closed the connection."));
      socket.onmessage = ({ data }) => this.#hear(data);
      signal.addEventListener("abort", () => socket.close(), { once: true });
    });
  }

  #hear(data: unknown): void {
    const { text = "", final = false } = JSON.parse(String(data)) as { text?: string; final?: boolean };
    if (final) this.pushTranscript({ text, finalized: true });
    else this.pushInterimTranscript({ text });
  }
}
