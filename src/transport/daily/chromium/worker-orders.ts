/** The orders of the page's main thread to the media worker. Streams are transferred, not copied. */
export type WorkerOrder =
  | { readonly type: "connect"; readonly url: string; readonly token: string }
  | {
      readonly type: "openSink";
      readonly id: number;
      readonly sampleRate: number;
      readonly writable: WritableStream<AudioData>;
    }
  | { readonly type: "openCapture"; readonly id: number; readonly readable: ReadableStream<AudioData> }
  | { readonly type: "openEar"; readonly id: number; readonly receiverId: number }
  | { readonly type: "openVideo"; readonly id: number; readonly readable: ReadableStream<VideoFrame> }
  | { readonly type: "openVideoSink"; readonly id: number; readonly writable: WritableStream<VideoFrame> }
  | { readonly type: "closeSink" | "closeVideoSink" | "closeCapture"; readonly id: number };

/** What the media worker tells the page's main thread. */
export type WorkerReport =
  | { readonly type: "connected" }
  /** These captures hear nothing any more through their receivers' packets. */
  | { readonly type: "earsFailed"; readonly captureIds: readonly number[]; readonly reason: string };
