/** The failures of the demo, and what each looks like. */
export const FAILURES = {
  create: "Tavus refuses the conversation: the account has no credits (402)",
  absent: "the pal never joins",
  leave: "the pal leaves in the middle of a word",
  freeze: "the pal freezes in the middle of a word: it is in the room, but mute",
  credits: "the credits run out in the middle of a word, and the conversation ends with its room",
} as const;

export type FailureKind = keyof typeof FAILURES;

export const FAILURE_KINDS = Object.keys(FAILURES) as FailureKind[];
