// A bot on a WebSocket: binary messages are mono 16-bit PCM, text messages are JSON.
import {
  BaseInputTransport,
  BaseOutputTransport,
  BaseTransport,
  parseTransportParams,
  RemoteAudioSink,
  type TransportParamsInput,
  UserAudioRawFrame,
} from "tavus-transport";

// #region peer
/** The other end. For a real one, see `webSocketPeer`; for a test, a script. */
export interface Peer {
  /** Sample rate of its audio in both directions, in Hz. */
  readonly sampleRate: number;
  /** Sends audio, which the peer plays in real time. */
  sendAudio(pcm: Int16Array): void;
  sendMessage(message: unknown): void;
  close(): void;
  /** Set by the transport. */
  onAudio: ((pcm: Int16Array) => void) | undefined;
}
// #endregion

// #region input
class SocketInput extends BaseInputTransport {
  readonly #peer: Peer;

  constructor(peer: Peer, params: TransportParamsInput) {
    super(parseTransportParams(params), { name: "SocketInput" });
    this.#peer = peer;
  }

  /** Called when the StartFrame has passed. Audio that arrives earlier or after the end is dropped by the base class. */
  protected override async start(): Promise<void> {
    const { sampleRate } = this.#peer;
    this.#peer.onAudio = (audio) => this.pushAudio(new UserAudioRawFrame({ audio, sampleRate, userId: "caller" }));
  }

  override async cleanup(): Promise<void> {
    this.#peer.onAudio = undefined;
    await super.cleanup();
  }
}
// #endregion

// #region output
class SocketOutput extends BaseOutputTransport {
  readonly #peer: Peer;
  readonly #hangUp: () => void;

  constructor(peer: Peer, params: TransportParamsInput, hangUp: () => void) {
    super(parseTransportParams(params), { name: "SocketOutput" });
    this.#peer = peer;
    this.#hangUp = hangUp;
  }

  protected override async start(): Promise<void> {
    await this.openSenders(); // calls openSink for each destination
    this.setTransportReady(); // the listener is connected: queued frames may be sent
  }

  /** Receives the bot's voice. The base class resamples it, cuts it into chunks, and tracks what was heard. */
  protected override async openSink(): Promise<RemoteAudioSink> {
    return new RemoteAudioSink({
      clock: this.clock,
      sampleRate: this.#peer.sampleRate,
      send: (pcm) => this.#peer.sendAudio(pcm),
      clear: () => this.#peer.sendMessage({ type: "clear" }),
    });
  }

  protected override async sendMessage(message: unknown): Promise<void> {
    this.#peer.sendMessage(message);
  }

  /** Always called, and always last: also after a setup that failed. */
  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#hangUp();
  }
}
// #endregion

// #region transport
export type SocketTransportEvents = {
  clientConnected: [];
  clientDisconnected: [];
};

export class SocketTransport extends BaseTransport<SocketTransportEvents> {
  readonly #input: SocketInput;
  readonly #output: SocketOutput;
  #hungUp = false;

  constructor(peer: Peer, params: TransportParamsInput = {}) {
    super((error, event) => console.error(`A listener of ${event} has failed.`, error));
    const enabled = { audioInEnabled: true, audioOutEnabled: true, ...params };
    this.#input = new SocketInput(peer, enabled);
    this.#output = new SocketOutput(peer, enabled, () => {
      if (!this.#hungUp) peer.close();
      this.#hungUp = true;
    });
  }

  override input(): SocketInput {
    return this.#input;
  }

  override output(): SocketOutput {
    return this.#output;
  }

  /** For the code that owns the connection. */
  callerJoined(): void {
    this.emitter.emit("clientConnected");
  }

  callerLeft(): void {
    this.emitter.emit("clientDisconnected");
  }
}
// #endregion
