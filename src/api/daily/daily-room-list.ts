import type { Logger } from "../../util/logger.ts";
import type { CallOptions } from "../http/call-options.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { Listing, MAX_PAGES } from "../http/listing.ts";
import { isRecord, type JsonObject } from "../names.ts";
import { badResponse, withRaw, type DailyClient } from "./daily-client.ts";
import { roomSchema } from "./daily-schemas.ts";
import type { DailyRoom } from "./room-types.ts";

/** Which rooms to list. */
export interface ListDailyRoomsOptions extends CallOptions {
  /** Only rooms created before the room with this id. Default: all. */
  readonly startingAfter?: string | undefined;
  /** Rooms per request, 1 to 100. Default 100. */
  readonly pageSize?: number | undefined;
}

interface Page {
  readonly rooms: readonly DailyRoom[];
  /** How many entries the page has, readable or not. */
  readonly entries: number;
  readonly totalCount: number | undefined;
  /** The cursor of the next page: the id of the last entry. */
  readonly next: string | undefined;
}

/** Lists the domain's rooms, newest first. Throws an InvalidOptionError for an invalid page size. */
export function listRooms(
  client: DailyClient,
  logger: Logger,
  { startingAfter, pageSize = 100, ...call }: ListDailyRoomsOptions,
): Listing<DailyRoom> {
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 100)
    throw new InvalidOptionError("pageSize", "must be 1 to 100.");
  const read = (cursor: string | undefined): Promise<Page> => readPage(client, logger, cursor, pageSize, call);
  return new Listing(() => readAllPages(read, startingAfter, logger));
}

async function* readAllPages(
  read: (cursor: string | undefined) => Promise<Page>,
  startingAfter: string | undefined,
  logger: Logger,
): AsyncGenerator<DailyRoom, void, undefined> {
  const seen = new Set<string>();
  let firstEntries: number | undefined;
  let cursor = startingAfter;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await read(cursor);
    const fresh = page.rooms.filter(({ name }) => !seen.has(name) && Boolean(seen.add(name)));
    yield* fresh;
    // A server that ignores the cursor sends the same page forever.
    if (fresh.length === 0 || page.next === undefined || page.next === cursor) return;
    // The count changes with every room that is deleted meanwhile, so it only says whether the first page is the last.
    // The server may send fewer rooms per page than asked for, but a page shorter than the first is the last.
    if (firstEntries === undefined && page.entries >= (page.totalCount ?? Infinity)) return;
    if (page.entries < (firstEntries ?? 0)) return;
    firstEntries ??= page.entries;
    cursor = page.next;
  }
  logger.warn("The list of rooms has more pages than the client reads; the rest is left out.", { pages: MAX_PAGES });
}

async function readPage(
  client: DailyClient,
  logger: Logger,
  cursor: string | undefined,
  limit: number,
  call: CallOptions,
): Promise<Page> {
  const query = { limit, ...(cursor !== undefined && { starting_after: cursor }) };
  const { body, text, what } = await client.send({ method: "GET", path: "/rooms", query, ...call });
  const data: unknown = isRecord(body) ? body.data : undefined;
  if (!Array.isArray(data)) throw badResponse(`Daily answered ${what} with something that is not a list.`, "data", text);
  const rooms = data.flatMap((entry: unknown) => {
    const parsed = roomSchema.safeParse(entry);
    return parsed.success ? [withRaw(parsed.data, entry as JsonObject)] : [];
  });
  const unreadable = data.length - rooms.length;
  if (unreadable > 0 && rooms.length === 0)
    throw badResponse(`Daily answered ${what} with ${unreadable} rooms, none of which can be read.`, "data.0", text);
  if (unreadable > 0) logger.warn("Rooms in a list cannot be read and are left out.", { rooms: unreadable });
  const last: unknown = data.at(-1);
  return {
    rooms,
    entries: data.length,
    totalCount: isRecord(body) && typeof body.total_count === "number" ? body.total_count : undefined,
    next: isRecord(last) && typeof last.id === "string" ? last.id : rooms.at(-1)?.id,
  };
}
