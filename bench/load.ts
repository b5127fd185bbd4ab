import { Pool } from "undici";

export interface Latencies {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface Load {
  readonly requests: number;
  readonly connections: number;
  readonly headers: Record<string, string>;
  /** Makes it a POST of JSON. */
  readonly body?: string | undefined;
  /** Ends the load before all requests are sent, however it settles; what is on its way is still waited for. */
  readonly end?: Promise<unknown> | undefined;
  /** Connections to send them over, which stay open. Default: own ones, which end with the load. */
  readonly pool?: Pool | undefined;
}

/** Connections to a server that several loads use. */
export const openPool = (origin: string, connections: number): Pool => new Pool(origin, { connections, pipelining: 1 });

/** Sends requests over kept-alive connections. Throws when one is not answered with 200. */
export async function load(
  url: string,
  { requests, connections, headers, body, end, ...options }: Load,
): Promise<Latencies> {
  const { origin, pathname } = new URL(url);
  const pool = options.pool ?? openPool(origin, connections);
  const times: number[] = [];
  let left = requests;
  const stop = () => {
    left = 0;
  };
  end?.then(stop, stop);
  const connection = async () => {
    while (left-- > 0) {
      const start = performance.now();
      const answer = await pool.request({
        path: pathname,
        method: body === undefined ? "GET" : "POST",
        headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
        body: body ?? null,
      });
      const text = await answer.body.text();
      const { statusCode } = answer;
      if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${text}`);
      times.push(performance.now() - start);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, connection));
  } finally {
    if (options.pool === undefined) await pool.close();
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
