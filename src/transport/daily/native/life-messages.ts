/** What the bot's process orders beside the requests to the call driver: JSON, in frames of the call that it is about. */
export type LifeOrder =
  /** There is a capture of this id, and its PCM is to be sent at this rate in Hz. Comes before its `capture` request. */
  | { readonly do: "addCapture"; readonly captureId: number; readonly sampleRate: number }
  | { readonly do: "removeCapture"; readonly captureId: number }
  /** The call is over. It is answered by `closed`. */
  | { readonly do: "close" };

/** What the media process reports of itself (call 0), or of the life of a call. */
export type LifeReport =
  /** It can hold calls from now on. */
  | { readonly is: "ready" }
  /** It cannot hold calls, because the native module cannot be loaded. It ends. */
  | { readonly is: "unavailable"; readonly reason: string }
  /** A call has been closed, and holds nothing any more. */
  | { readonly is: "closed" };
