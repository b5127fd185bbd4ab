import type { AppName, Apps } from "@flyte-webhook/client";

/** Milliseconds for the first line to come. */
const FIRST_MS = 3000;
/** Milliseconds of silence after which what was written is taken to have been told. */
const QUIET_MS = 400;

/**
 * The lines that an app has written so far. A control plane does not say where the past ends: it streams on while the
 * replica lives, so a pause is taken for the end. Throws `not_found` while no replica runs, the `signal`'s reason.
 */
export async function* writtenLines(apps: Apps, name: AppName, signal?: AbortSignal): AsyncGenerator<string> {
  const quiet = new AbortController();
  let timer = setTimeout(() => quiet.abort(), FIRST_MS);
  try {
    for await (const line of apps.logs(name, {
      signal: signal ? AbortSignal.any([signal, quiet.signal]) : quiet.signal,
    })) {
      clearTimeout(timer);
      yield line;
      timer = setTimeout(() => quiet.abort(), QUIET_MS);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!quiet.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}
