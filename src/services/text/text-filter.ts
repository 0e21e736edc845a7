/** Changes text before it is spoken. The context keeps what the model wrote. */
export interface TextFilter {
  /** Returns the text to speak. Empty text is not spoken. */
  filter(text: string): string;
}

/**
 * Removes Markdown marks that would be read aloud: emphasis, headings, bullets, links (their text is kept), code fences
 * and rules. It sees one unit of text at a time, so it removes each mark of a pair by itself.
 */
export class MarkdownTextFilter implements TextFilter {
  filter(text: string): string {
    return (
      text
        // Neither part may contain a "[": otherwise text full of them would take quadratic time.
        .replaceAll(/!?\[([^[\]]*)\]\([^)[]*\)/gu, "$1")
        .replaceAll(/^[ \t]*(?:```.*|[-*_=]{3,})[ \t]*$/gmu, "")
        .replaceAll(/^([ \t]*)(?:#{1,6}|[-*+>])[ \t]+/gmu, "$1")
        .replaceAll(/`+/gu, "")
        .replaceAll(/\*\*|__|~~/gu, "")
        .replaceAll(/(^|[\s(])[*_](?=\S)/gu, "$1")
        .replaceAll(/(?<=\S)[*_](?=[\s.,;:!?)]|$)/gu, "")
    );
  }
}
