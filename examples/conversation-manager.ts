// A server for pals that need no bot: a page that posts to /join gets the URL of the room, and a conversation exists for as
// long as somebody is there. Run it with `node examples/conversation-manager.ts` (Node 24 or newer): it uses the emulator.
// For your own account leave out `apiKey` and `apiUrl`, and set TAVUS_API_KEY.
import { createServer, type Server } from "node:http";
import { ConversationManager } from "tavus-transport";
import { startEmulator } from "tavus-transport/emulator";

/** Serves `POST /join?user=…` and `POST /leave?user=…`. */
export function serveCalls(manager: ConversationManager): Server {
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const user = searchParams.get("user"); // take it from your own login instead
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.method !== "POST" || user === null || user === "") {
      answer(400, { error: "POST /join?user=…" });
    } else if (pathname === "/join") {
      manager.userJoined(user).then(
        ({ conversationUrl }) => answer(200, { conversationUrl }),
        (error: unknown) => answer(503, { error: error instanceof Error ? error.message : "unknown" }),
      );
    } else if (pathname === "/leave") {
      void manager.userLeft(user); // resolves when the conversation is over, if this was the last user
      answer(200, {});
    } else {
      answer(404, {});
    }
  });
}

if (process.argv[1] === import.meta.filename) {
  await using tavus = await startEmulator();
  await using manager = new ConversationManager({
    apiKey: tavus.apiKey,
    apiUrl: tavus.apiUrl,
    faceId: "r90bbd427f71",
    autoCreatePal: true,
    systemPrompt: "You sell bicycles. Be brief.",
    maxCallDurationS: 600,
    cost: { pricePerMinute: 0.5, currency: "USD", budget: { process: { money: 20 } } },
  });
  manager
    .on("conversationCreated", ({ conversationUrl }) => console.log(`Open: ${conversationUrl}`))
    .on("conversationEnded", ({ reason, minutes }) => console.log(`Over (${reason}) after ${minutes.toFixed(1)} min.`))
    .on("error", ({ message }) => console.error(message));
  const server = serveCalls(manager).listen(8080, "127.0.0.1");
  console.log("curl -X POST 'http://127.0.0.1:8080/join?user=ada'; Ctrl-C ends it all.");
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve).once("SIGTERM", resolve);
  });
  server.close();
}
