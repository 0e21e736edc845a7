/** Changes text before it is spoken; the context keeps what the model wrote. */
export interface TextFilter {
  /** Returns the text to speak; an empty one says nothing. */
  filter(text: string): string;
}

/**
 * Takes Markdown out, whose marks would be read aloud: emphasis, headings, bullets, links (their words stay), code fences
 * and rules. Works on one unit of text at a time, so marks that span sentences are taken out one by one.
 */
export class MarkdownTextFilter implements TextFilter {
  filter(text: string): string {
    return (
      text
        // Neither part may hold a "[": text full of them would be searched to its end from each.
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
