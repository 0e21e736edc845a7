import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";

import type { TavusState } from "../state/tavus-state.ts";
import { answerFailure } from "./answer-failure.ts";
import { requireKey } from "./auth.ts";
import { allowAnyOrigin, requireLoopbackHost } from "./browsers.ts";
import { conversationRoutes } from "./conversations.ts";
import { builderRoutes } from "./builder.ts";
import { deploymentRoutes } from "./deployments.ts";
import { documentRoutes } from "./documents.ts";
import { faceRoutes } from "./faces.ts";
import { failures } from "./failure.ts";
import { guardrailRoutes } from "./guardrails.ts";
import { injectFaults } from "./inject-faults.ts";
import { logRequests } from "./log-requests.ts";
import { memoryRoutes } from "./memories.ts";
import { objectivesRoutes } from "./objectives.ts";
import { palSkillRoutes, skillRoutes } from "./skills.ts";
import { palToolRoutes } from "./pal-tools.ts";
import { palRoutes } from "./pals.ts";
import { pronunciationDictionaryRoutes } from "./pronunciation-dictionaries.ts";
import { API_PREFIX, type ApiEnv } from "./request.ts";
import { toolRoutes } from "./tools.ts";
import { videoRoutes } from "./videos.ts";
import { voiceRoutes } from "./voices.ts";

const MAX_BODY_BYTES = 1_000_000;

/** The Tavus REST API, under `/v2`, on the account `state`. */
export function createTavusApp(state: TavusState): Hono<ApiEnv> {
  const api = new Hono<ApiEnv>();
  api.use(requireLoopbackHost(), allowAnyOrigin(state.apiKey));
  // Authentication first: a fault waits for the client under test, not for requests without the key.
  api.use(logRequests(state, "tavus"), requireKey(state.apiKey), injectFaults(state, "tavus"));
  api.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw failures.tooLarge();
      },
    }),
  );
  api.route("/conversations", conversationRoutes(state));
  api.route("/pals", palRoutes(state, "new"));
  api.route("/personas", palRoutes(state, "old"));
  api.route("/faces", faceRoutes(state, "new"));
  api.route("/replicas", faceRoutes(state, "old"));
  for (const path of ["/pals", "/personas"]) {
    api.route(path, palToolRoutes(state));
    api.route(path, palSkillRoutes(state));
  }
  api.route("/skills", skillRoutes(state));
  api.route("/deployments", deploymentRoutes(state));
  api.route("/builder", builderRoutes(state));
  api.route("/voices", voiceRoutes(state));
  api.route("/documents", documentRoutes(state));
  api.route("/tools", toolRoutes(state));
  api.route("/objectives", objectivesRoutes(state));
  api.route("/guardrails", guardrailRoutes(state));
  api.route("/pronunciation-dictionaries", pronunciationDictionaryRoutes(state));
  api.route("/memories", memoryRoutes(state));
  api.route("/videos", videoRoutes(state));
  api.all("*", () => {
    throw failures.noSuchRoute();
  });

  const app = new Hono<ApiEnv>({ strict: false });
  app.route(API_PREFIX, api);
  app.onError(answerFailure(state));
  return app;
}
