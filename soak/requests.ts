/** The webhook's program under many requests: whether its memory stays where it is once it is warm. */
import { startControlPlane } from "../bench/control-plane.ts";
import { spawnServer, untilHealthy } from "../bench/server-process.ts";
import { webhook } from "../bench/webhook.ts";
import { connectTo, GET_RUN, HEALTH, RUN_TASK, send } from "../bench/work.ts";

/** Growth of the resident memory that is put down to the allocator's mood. */
export const MAX_GROWTH = 0.05;
/** The part of all requests after which the program counts as warm. */
const WARM = 0.1;
const BATCH = 10_000;

export interface RequestsResult {
  readonly requests: number;
  /** Resident memory when warm, and the most that was seen after, MiB. */
  readonly warm: number;
  readonly most: number;
}

/**
 * Sends `GET /run`, `POST /run-task` and `GET /health` in turn; every answer must be 200. The connections are kept as an
 * ingress keeps them: each that ends leaves 2.4 KiB, which V8 collects when 8 MiB have come together, and not before.
 */
export async function soakRequests(
  cases: number,
  onProgress: (done: number, rss: number) => void,
): Promise<RequestsResult> {
  const plane = await startControlPlane();
  const server = await spawnServer(webhook(plane.origin));
  const pool = connectTo(server);
  try {
    await untilHealthy(server, HEALTH.path);
    let warm = 0;
    let most = 0;
    let done = 0;
    for (let batch = 0; done < cases; batch++) {
      const requests = Math.min(BATCH, cases - done);
      await send(server, [GET_RUN, RUN_TASK, HEALTH][batch % 3] ?? HEALTH, requests, pool);
      done += requests;
      const rss = server.rss();
      if (done <= cases * WARM) warm = Math.max(warm, rss);
      else most = Math.max(most, rss);
      onProgress(done, rss);
    }
    return { requests: done, warm, most };
  } finally {
    await pool.close();
    await server.stop();
    plane.close();
  }
}
