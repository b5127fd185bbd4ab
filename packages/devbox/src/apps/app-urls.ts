import { type AppId, serviceName } from "./app-id.ts";

/**
 * What the public address of an app is: `port`, `http://127.0.0.1:PORT`, which every program of this machine resolves; or
 * `name`, `http://NAME-PROJECT-DOMAIN.localhost:PORT`, which browsers and curl do (RFC 6761 §6.3), and which keeps the
 * cookies of apps apart. The port is the same one.
 */
export type AppUrls = "port" | "name";

/** The host name in an app's public address; undefined where it is an address alone. */
export function publicHost(urls: AppUrls, id: AppId): string | undefined {
  return urls === "name" ? `${serviceName(id)}.localhost` : undefined;
}
