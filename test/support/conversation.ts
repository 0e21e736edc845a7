import type { Emulator } from "../../src/emulator/index.ts";

export interface CreatedConversation {
  readonly conversation_id: string;
  readonly conversation_url: string;
}

function post(emulator: Emulator, path: string, body: object): Promise<Response> {
  const headers = { "x-api-key": emulator.apiKey, "content-type": "application/json" };
  return fetch(emulator.apiUrl + path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Creates a conversation over HTTP, as a client would. */
export async function createConversation(emulator: Emulator, body: object): Promise<CreatedConversation> {
  const answer = await post(emulator, "/conversations", { face_id: "r90bbd427f71", ...body });
  if (!answer.ok) throw new Error(`The emulator answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as CreatedConversation;
}

export async function endConversation(emulator: Emulator, id: string): Promise<void> {
  const answer = await post(emulator, `/conversations/${id}/end`, {});
  if (!answer.ok) throw new Error(`The emulator answered ${answer.status}: ${await answer.text()}`);
}
