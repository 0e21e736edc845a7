/** What the page's main thread tells the audio worker. Streams are transferred, not copied. */
export type WorkerOrder =
  | { readonly type: "connect"; readonly url: string; readonly token: string }
  | {
      readonly type: "openSink";
      readonly id: number;
      readonly sampleRate: number;
      readonly writable: WritableStream<AudioData>;
    }
  | { readonly type: "openCapture"; readonly id: number; readonly readable: ReadableStream<AudioData> }
  | { readonly type: "closeSink" | "closeCapture"; readonly id: number };
