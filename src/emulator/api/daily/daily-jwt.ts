import { createHmac } from "node:crypto";

import { isSameSecret } from "../auth.ts";

const HEADER = toBase64Url({ alg: "HS256", typ: "JWT" });

/** Signs claims as a JSON Web Token (HS256), as Daily's meeting tokens are. */
export function signToken(claims: object, secret: string): string {
  const signed = `${HEADER}.${toBase64Url(claims)}`;
  return `${signed}.${sign(signed, secret)}`;
}

/** Reads the claims of a token. Undefined unless it is signed with the secret. */
export function readToken(token: string, secret: string): Readonly<Record<string, unknown>> | undefined {
  const [header, payload, signature, ...rest] = token.split(".");
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  if (!isSameSecret(signature, sign(`${header}.${payload}`, secret))) return undefined;
  const { alg } = fromBase64Url(header) ?? {};
  return alg === "HS256" ? fromBase64Url(payload) : undefined;
}

function sign(text: string, secret: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}

function toBase64Url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function fromBase64Url(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
