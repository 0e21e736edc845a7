/** The largest answer that is read, after decompression. A hundred conversations with their transcripts have about 2 MB. */
export const MAX_ANSWER_BYTES = 16_777_216;

/**
 * The body of an answer as text, or undefined when it is larger than `maxBytes`; the rest of such a body is not read, so
 * neither an endless answer nor a small one that decompresses without end fills the memory.
 */
export async function readTextUpTo(response: Response, maxBytes: number): Promise<string | undefined> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > maxBytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
