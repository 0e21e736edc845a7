import { serve } from "../lib/child.ts";
import { SentenceUser } from "../lib/sentence-user.ts";
import { type HeardWord, judgeSentence } from "../lib/sentence.ts";
import { monotonicMs, sleep } from "../lib/time.ts";

// The users of all rounds, in one process; always native.

export type UserRequests = {
  /** Joins a room, and leaves the one before. */
  join: [argument: { readonly user: string; readonly url: string }, answer: undefined];
  /** Answers with all it heard, when the sentence was heard whole and a while has passed, or after the deadline. */
  listen: [
    argument: { readonly user: string; readonly words: number; readonly timeoutMs: number },
    answer: readonly HeardWord[],
  ];
  leave: [argument: { readonly user: string }, answer: undefined];
};

const POLL_MS = 10;
/** Enough for a word that is said twice to be heard twice. */
const QUIET_AT_THE_END_MS = 350;

const users = new Map<string, SentenceUser>();

function find(name: string): SentenceUser {
  const user = users.get(name) ?? new SentenceUser({ runtime: "native", now: monotonicMs });
  users.set(name, user);
  return user;
}

serve<UserRequests>(
  {
    async join({ user, url }) {
      await find(user).join(url);
      return undefined;
    },
    async listen({ user, words, timeoutMs }) {
      const listener = find(user);
      const deadlineMs = monotonicMs() + timeoutMs;
      while (judgeSentence(words, listener.heard).lost.length > 0 && monotonicMs() < deadlineMs) await sleep(POLL_MS);
      await sleep(QUIET_AT_THE_END_MS);
      return listener.heard;
    },
    async leave({ user }) {
      const leaving = users.get(user);
      users.delete(user);
      await leaving?.leave();
      return undefined;
    },
  },
  async () => {
    await Promise.all([...users.values()].map((user) => user.leave()));
  },
);
