import { FlyteWebhookError } from "@flyte-webhook/core";

/** Entries of one page; more than a hundred apps are refused. */
const PAGE = 100;
/** Pages at most: a plane that always has a next one must not keep us for ever. */
const MAX_PAGES = 500;

/**
 * What a list holds on all its pages, or its first `max` entries. `read` answers one page, with the token of the next,
 * empty on the last.
 */
export async function allPages<T>(
  origin: string,
  read: (page: { limit: number; token: string }) => Promise<{ readonly items: readonly T[]; readonly token: string }>,
  max = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const all: T[] = [];
  let token = "";
  for (let page = 0; page < MAX_PAGES; page++) {
    const { items, token: next } = await read({ limit: Math.min(PAGE, max - all.length), token });
    all.push(...items);
    if (all.length >= max) return all.slice(0, max);
    if (next === "" || next === token) return all;
    token = next;
  }
  throw new FlyteWebhookError("internal", `${origin} lists more than ${MAX_PAGES * PAGE} entries`);
}
