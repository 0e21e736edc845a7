const TIMEOUT_MS = 40_000;

/** The room to join, as the server's `/start` answers it: what every client of Pipecat expects. */
export interface StartedBot {
  readonly dailyRoom: string;
  readonly dailyToken?: string;
  readonly sessionId: string;
}

/** The server did not start a bot. The message is for the user. */
export class StartError extends Error {}

/** Asks the server for a bot. The server has all keys; the page has none. */
export async function startBot(endpoint: string, signal: AbortSignal): Promise<StartedBot> {
  let response: Response;
  try {
    response = await fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ transport: "daily", createDailyRoom: true }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new StartError("The server does not answer. Is it running?", { cause: error });
  }
  const body = (await response.json().catch(() => ({}))) as Partial<StartedBot> & { detail?: unknown };
  if (!response.ok) {
    const why = typeof body.detail === "string" ? body.detail : `The server answered ${String(response.status)}.`;
    throw new StartError(why);
  }
  const { dailyRoom, dailyToken, sessionId = "" } = body;
  if (dailyRoom === undefined) throw new StartError("The server's answer has no room.");
  return { dailyRoom, sessionId, ...(dailyToken !== undefined && { dailyToken }) };
}
