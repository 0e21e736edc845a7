/** The largest answer that is read, after decompression. A hundred conversations with transcripts take about 2 MB. */
export const MAX_ANSWER_BYTES = 16_777_216;

/**
 * Reads the body of an answer as text. Returns undefined when it is larger than `maxBytes` and does not read the rest,
 * so that neither an endless answer nor a decompression bomb can fill the memory.
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
