/** A widget or page, hosted by Tavus, through which people meet a pal. Its conversations are billed like any other. */
export interface TavusDeployment {
  /** The id that other calls take. */
  readonly deploymentId: string;
  /** The PAL that it offers. */
  readonly palId?: string | undefined;
  /** "widget", "embed" or "landing-page". */
  readonly channel?: string | undefined;
  /** "draft", "active" or "inactive". */
  readonly status?: string | undefined;
  /** The name in the account. */
  readonly name?: string | undefined;
  /** Whether people need a password. */
  readonly hasPassword?: boolean | undefined;
  /** Its appearance, with the names on the wire. */
  readonly customization?: Readonly<Record<string, unknown>> | undefined;
  /** Its limits, with the names on the wire. */
  readonly limits?: Readonly<Record<string, unknown>> | undefined;
  /** Sites that may show it. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** The total usage, as Tavus counts it. */
  readonly usageTotal?: number | undefined;
  /** Today's usage, as Tavus counts it. */
  readonly usageToday?: number | undefined;
  /** When it was created, as Tavus sends it. */
  readonly createdAt?: string | undefined;
  /** When it last changed, as Tavus sends it. */
  readonly updatedAt?: string | undefined;
  /** Tavus' answer, unchanged, including fields that this client does not know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The options of `deployments.create`. */
export interface CreateDeploymentOptions {
  /** The PAL to offer. */
  readonly palId: string;
  /** How people meet the pal. */
  readonly channel: "widget" | "embed" | "landing-page";
  /** The name in the account. */
  readonly name?: string | undefined;
  /** Whether people can use it. */
  readonly status?: "draft" | "active" | "inactive" | undefined;
  /** The password that people need. Default: none. */
  readonly password?: string | undefined;
  /** Its appearance. Sent unchanged, so use the names on the wire. */
  readonly customization?: Readonly<Record<string, unknown>> | undefined;
  /** Default: no limits. */
  readonly limits?:
    | {
        /** Calls per day. */
        readonly dailyCallLimit?: number | undefined;
        /** Calls per day and user. */
        readonly dailyCallLimitPerUser?: number | undefined;
        /** Calls at the same time. */
        readonly concurrentCallLimit?: number | undefined;
        /** Seconds per call. */
        readonly maxCallDuration?: number | undefined;
      }
    | undefined;
  /** Sites that may show a widget or an embed. Default: any. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Fields that this client does not know. Merged last and sent unchanged. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}
