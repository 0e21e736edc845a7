/** Where a chat takes place: a terminal with a prompt, or pipes. */
export interface ChatConsole extends AsyncDisposable {
  /** Whether a person types: lines are then said at once, and what the bot says appears word by word. */
  readonly isLive: boolean;
  /** The lines of the input, until its end. */
  readonly lines: AsyncIterable<string>;
  /** Writes a line of the conversation. */
  print(line: string): void;
  /** Replaces the line that is still growing; undefined removes it. Does nothing unless `isLive`. */
  grow(line: string | undefined): void;
  /** Writes a line that is not part of the conversation, such as a log. */
  note(line: string): void;
}
