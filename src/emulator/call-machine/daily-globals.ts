/** The string that stands for a MediaStreamTrack in messages; the track itself waits in a slot of {@link SharedTracks}. */
export const CUSTOM_TRACK_SENTINEL = "daily-custom-track";

/** daily-js writes a slot synchronously when its API is called, and posts the message after that. */
export interface SharedTracks {
  audioTrack?: MediaStreamTrack;
  videoTrack?: MediaStreamTrack;
  customTrack?: MediaStreamTrack;
  screenMediaStream?: MediaStream;
}

export interface CallMachineHandle {
  readonly store: { getState(): StoreState };
  reset(): void;
}

/** Tracks that daily-js reads synchronously and attaches to the participants in our messages. */
export interface StoreState {
  readonly local: {
    readonly public: {
      readonly subscribedTracks: Record<string, unknown>;
      readonly customTracks: Record<string, { readonly track: MediaStreamTrack }>;
    };
    readonly streams: { readonly cam?: { stream: MediaStream }; readonly screen?: { stream: MediaStream } };
  };
  readonly participants: Record<string, unknown>;
  readonly streams: Record<
    string,
    {
      readonly participantId: string;
      readonly type: string;
      readonly pendingTrack: MediaStreamTrack;
      readonly starttime: string;
    }
  >;
}

export interface DailyInstance {
  readonly tracks: SharedTracks;
  callMachine?: CallMachineHandle;
}

declare global {
  interface Window {
    /** Created by daily-js: pending instances that wait for the call machine bundle. */
    _daily?: { readonly pendings: string[]; readonly instances: Record<string, DailyInstance> };
  }
}
