import { expect, it } from "vitest";

import { serveApi } from "./serve-api.ts";

const FACE = "r90bbd427f71";

/** Tavus' own client (tavus-cli 0.11) ends the first five with a slash; the others are as likely. */
const REQUESTS: readonly (readonly [method: string, path: string, body?: object])[] = [
  ["POST", "/guardrails", { guardrail_name: "a", guardrail_prompt: "p" }],
  ["POST", "/objectives", { data: [{ objective_name: "a", objective_prompt: "p" }] }],
  ["POST", "/pronunciation-dictionaries", { name: "n" }],
  ["GET", "/pals/pcb7a34da5fe/tools"],
  ["GET", "/pals/pcb7a34da5fe/skills"],
  ["POST", "/conversations", {}],
  ["GET", "/conversations"],
  ["GET", "/pals"],
  ["GET", "/pals/pipecat0"],
  ["GET", "/personas"],
  ["GET", "/faces"],
  ["GET", `/replicas/${FACE}`],
  ["GET", "/voices"],
  ["GET", "/documents"],
  ["GET", "/documents/tags"],
  ["GET", "/tools"],
  ["GET", "/skills"],
  ["GET", "/guardrails"],
  ["GET", "/guardrails/tags"],
  ["GET", "/objectives"],
  ["GET", "/pronunciation-dictionaries"],
  ["GET", "/videos"],
  ["GET", "/deployments"],
  ["GET", "/builder"],
];

it.each(REQUESTS)("%s %s accepts a trailing slash", async (...request) => {
  const [method, path, body] = request as unknown as (typeof REQUESTS)[number];
  await using served = await serveApi();
  const plain = await served.request(method, path, body);
  const slashed = await served.request(method, `${path}/`, body);
  expect(plain.ok).toBe(true);
  expect(slashed.status).toBe(plain.status);
  const withQuery = await served.request(method, `${path}/?limit=1`, body);
  expect(withQuery.status).toBe(plain.status);
});

it("actions and single resources accept the slash, and the log and faults see the path without it", async () => {
  await using served = await serveApi();
  const { conversation_id: id } = (await (await served.request("POST", "/conversations/", {})).json()) as {
    conversation_id: string;
  };
  served.state.faults.next({ path: /^\/conversations\/[^/]+$/, status: 503 });
  expect((await served.request("GET", `/conversations/${id}/`)).status).toBe(503);
  expect((await served.request("GET", `/conversations/${id}/?verbose=true`)).status).toBe(200);
  expect((await served.request("POST", `/conversations/${id}/end/`)).status).toBe(200);
  expect(served.state.requestLog.requests.at(-1)?.path).toBe(`/conversations/${id}/end`);
  expect((await served.request("DELETE", `/conversations/${id}/`)).status).toBe(204);
});
