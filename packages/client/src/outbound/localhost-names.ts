import { lookup as systemLookup } from "node:dns";
import type { Resolve } from "./address-guard.ts";

/** Whether a name is below `localhost`, as `shop.localhost`: this machine by definition (RFC 6761 §6.3). */
const isLocalhostName = (hostname: string): boolean => /\.localhost\.?$/i.test(hostname);

/** The system's resolver, but for names below `localhost`: many systems do not know those, and no other may be asked. */
export const resolveName: Resolve = (hostname, options, callback) => {
  if (isLocalhostName(hostname)) queueMicrotask(() => callback(null, [{ address: "127.0.0.1", family: 4 }]));
  else systemLookup(hostname, options, callback);
};

/** The same address for a client whose resolver cannot be chosen, such as `fetch`: 127.0.0.1 for a name below `localhost`. */
export function dialable(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (!isLocalhostName(url.hostname)) return address;
  url.hostname = "127.0.0.1";
  return url.href;
}
