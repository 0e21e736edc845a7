import { z } from "zod";

import { RTVI_VERSION } from "./messages.ts";

/** A program in the room that speaks RTVI, such as a web page with Pipecat's client. */
export interface RTVIClient {
  /** Its session in the room. */
  readonly sessionId: string;
  /** The version of the protocol that it speaks, such as "2.1.0"; undefined when it did not say so. */
  readonly version: string | undefined;
  /** What it says of itself. Written by the client: trust nothing in it. */
  readonly about: RTVIAboutClient;
}

/** What a client says of itself. */
export interface RTVIAboutClient {
  /** The name of its library, such as "@pipecat-ai/client-js". */
  readonly library: string;
  /** The version of the library. */
  readonly libraryVersion: string | undefined;
  /** The platform that it runs on. */
  readonly platform: string | undefined;
  /** The version of the platform. */
  readonly platformVersion: string | undefined;
}

/** A client as it introduces itself, and what is wrong with that. */
export interface Introduction {
  readonly client: RTVIClient;
  /** Whether it speaks 1.x: it receives the old shape of `bot-output`. */
  readonly isLegacy: boolean;
  /** The version to answer with. */
  readonly version: string;
  /** Why it may not understand what it receives; it is served all the same. */
  readonly problem: string | undefined;
}

const LEGACY_MAJOR = 1;
const text = z.string().max(200).optional().catch(undefined);
const introductionSchema = z
  .object({
    version: text,
    about: z
      .object({
        library: z.string().max(200).catch("unknown"),
        library_version: text,
        platform: text,
        platform_version: text,
      })
      .catch({ library: "unknown" }),
  })
  .catch({ version: undefined, about: { library: "unknown" } });

/** Reads the data of a `client-ready`, whatever it is. Never throws. */
export function readIntroduction(sessionId: string, data: unknown): Introduction {
  const { version, about } = introductionSchema.parse(data ?? {});
  const client: RTVIClient = {
    sessionId,
    version,
    about: {
      library: about.library,
      libraryVersion: about.library_version,
      platform: about.platform,
      platformVersion: about.platform_version,
    },
  };
  const major = /^(\d{1,9})\.\d{1,9}\.\d{1,9}$/.exec(version ?? "")?.[1];
  // A legacy client is told its own version: it chooses by it how to read `bot-output`.
  if (version !== undefined && Number(major) === LEGACY_MAJOR)
    return { client, isLegacy: true, version, problem: undefined };
  const problem = findProblem(version, major);
  return { client, isLegacy: false, version: RTVI_VERSION, problem };
}

function findProblem(version: string | undefined, major: string | undefined): string | undefined {
  if (major === RTVI_VERSION.split(".")[0]) return undefined;
  const rest = `this bot speaks ${RTVI_VERSION}. Messages may be misunderstood.`;
  if (version === undefined) return `The client's version of RTVI is missing; ${rest}`;
  return major === undefined ? `The client's version of RTVI is malformed; ${rest}` : `RTVI ${version}: ${rest}`;
}
