import type { Clock } from "../../util/clock.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { CallOptions } from "../http/call-options.ts";
import { checkOptions } from "../http/fields.ts";
import { toDailyNames, type DailyClient } from "./daily-client.ts";
import { createTokenSchema, tokenPropertiesSchema, tokenSchema } from "./daily-schemas.ts";
import type { CreateMeetingTokenOptions, DailyMeetingToken } from "./token-types.ts";

const DEFAULT_LIFETIME_S = 3600;

/** Meeting tokens of a domain. */
export class DailyTokens {
  readonly #client: DailyClient;
  readonly #clock: Clock;

  constructor(client: DailyClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async create(options: CreateMeetingTokenOptions, call: CallOptions): Promise<string> {
    checkOptions("createMeetingToken", createTokenSchema, options);
    const { roomName, expiresInS, expiresAtS, notBeforeS, isOwner = false, extraProperties, ...rest } = options;
    const properties = toDailyNames(
      {
        ...rest,
        isOwner,
        nbf: notBeforeS,
        roomName: roomName ?? undefined,
        exp: expiresAtS ?? this.#toExpiry(expiresInS),
      },
      extraProperties,
    );
    // Daily stores no tokens, so a second one does no harm.
    const { token } = await this.#client.request(tokenSchema, {
      method: "POST",
      path: "/meeting-tokens",
      body: { properties },
      retry: "repeatable",
      ...call,
    });
    return token;
  }

  async get(
    token: string,
    { ignoreNotBefore, ...call }: CallOptions & { readonly ignoreNotBefore?: boolean },
  ): Promise<DailyMeetingToken> {
    if (!/^[\w-]+(\.[\w-]+)*$/.test(token)) throw new InvalidOptionError("token", "must be a meeting token.");
    const { exp, nbf, ...properties } = await this.#client.request(tokenPropertiesSchema, {
      method: "GET",
      path: `/meeting-tokens/${token}`,
      query: ignoreNotBefore === true ? { ignoreNbf: "true" } : {},
      secret: token,
      ...call,
    });
    return {
      ...properties,
      ...(exp !== undefined && { expiresAtS: exp }),
      ...(nbf !== undefined && { notBeforeS: nbf }),
    };
  }

  #toExpiry(expiresInS: number | null = DEFAULT_LIFETIME_S): number | undefined {
    return expiresInS === null ? undefined : Math.ceil(this.#clock.wallMs() / 1000) + expiresInS;
  }
}
