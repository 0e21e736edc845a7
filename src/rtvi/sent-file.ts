import type { ContentPart } from "../frames/index.ts";

/** A file as a client sends it. */
interface SentFile {
  readonly content?: string | undefined;
  readonly file: {
    readonly format: string;
    readonly source:
      { readonly type: "bytes"; readonly bytes: string } | { readonly type: "url"; readonly url: string };
  };
}

const DATA_URL = /^data:[^,]*;base64,/;

/**
 * Makes a file part of a message for the model. Images only, and only those that are sent themselves: what a user of the room
 * names by a URL is not fetched, since the server may reach what the user must not.
 */
export function readFile({
  content,
  file,
}: SentFile): { readonly content: ContentPart[] } | { readonly problem: string } {
  const { format, source } = file;
  if (source.type === "url") return { problem: "Files by URL are not fetched; send the bytes." };
  if (!/^image\/[a-z0-9.+-]{1,50}$/i.test(format)) return { problem: "Only images are taken." };
  const data = Buffer.from(source.bytes.replace(DATA_URL, ""), "base64");
  if (data.length === 0) return { problem: "The image is empty." };
  const image: ContentPart = { type: "image", data, mimeType: format.toLowerCase() };
  return { content: content === undefined || content === "" ? [image] : [{ type: "text", text: content }, image] };
}
