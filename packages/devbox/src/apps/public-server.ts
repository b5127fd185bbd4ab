import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { proxyRequest } from "./proxy.ts";
import { proxyUpgrade } from "./proxy-upgrade.ts";
import { listenOnPublicPort } from "./public-port.ts";
import type { Upstream } from "./upstream.ts";

/** An app's public address: passes on what comes there to the app. */
export class PublicServer {
  readonly #server: Server;
  readonly #host: string | undefined;
  #port = 0;
  #listening: Promise<number> | undefined;
  /** Connections that are no HTTP any more; the server does not count them among its own. */
  readonly #upgraded = new Set<Socket>();

  constructor(upstream: Upstream) {
    this.#host = upstream.publicHost;
    this.#server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
      void proxyRequest(upstream, request, response);
    });
    this.#server.on("upgrade", (request, duplex, head) => {
      // What Node's documentation says it is for every server that is not made of other streams.
      const socket = duplex as Socket;
      this.#upgraded.add(socket);
      socket.once("close", () => this.#upgraded.delete(socket));
      void proxyUpgrade(upstream, request, socket, head);
    });
  }

  get url(): string {
    return `http://${this.#host ?? "127.0.0.1"}:${this.#port}`;
  }

  /** The same server, for programs that do not resolve its name. */
  get localUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Takes a port, once; see {@link listenOnPublicPort}. */
  listen(key: string, kept: number | undefined): Promise<number> {
    this.#listening ??= listenOnPublicPort(this.#server, key, kept).then((port) => {
      this.#port = port;
      return port;
    });
    return this.#listening;
  }

  /** Gives the port back and cuts what is open. */
  async close(): Promise<void> {
    // A server that is closed before it listens would never tell.
    await this.#listening?.catch(() => undefined);
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#upgraded) socket.destroy();
  }
}
