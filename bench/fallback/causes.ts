import type { PalFailureKind } from "../../src/emulator/index.ts";

/** Where the call goes on. */
type Fallback = "microphone" | "room";

/** A way in which a call loses its pal. */
export interface Cause {
  readonly name: string;
  readonly fallback: Fallback;
  readonly fails:
    | { readonly at: "create"; readonly way: "401" | "402" | "503" }
    /** No server answers at all. */
    | { readonly at: "connect" }
    | { readonly at: "join" }
    | { readonly at: "speech"; readonly how: PalFailureKind };
}

export const CAUSES: readonly Cause[] = [
  { name: "create: 401", fallback: "room", fails: { at: "create", way: "401" } },
  { name: "create: 402", fallback: "room", fails: { at: "create", way: "402" } },
  { name: "create: 503", fallback: "room", fails: { at: "create", way: "503" } },
  { name: "create: unreachable", fallback: "room", fails: { at: "connect" } },
  { name: "never joined", fallback: "microphone", fails: { at: "join" } },
  { name: "left", fallback: "microphone", fails: { at: "speech", how: "leave" } },
  { name: "frozen", fallback: "microphone", fails: { at: "speech", how: "freeze" } },
  { name: "credits", fallback: "room", fails: { at: "speech", how: "outOfCredits" } },
  { name: "room ended", fallback: "room", fails: { at: "speech", how: "roomDeleted" } },
];
