import { call } from "../calls/call.ts";
import { describeDuration } from "../times.ts";
import { type Finding, failed, ok, skipped, warning } from "./check.ts";
import type { Target } from "./examine.ts";

/** The header counts whole seconds, and the answer is on its way for a while. */
const NOTICED_MS = 5000;
/** Beyond this, tokens and signed addresses are taken for expired, or not valid yet. */
const TOO_FAR_MS = 60_000;

/** How far this machine's clock is from the control plane's, by the `Date` of its answers. */
export async function checkClock({ url, ca, verifies, proxied }: Target): Promise<Finding> {
  if (proxied) return skipped("the clock beyond a proxy cannot be read");
  let date: string | undefined;
  const begun = Date.now();
  try {
    const answer = await call({ url, method: "HEAD", headers: {}, body: undefined, timeoutMs: 5000, ca, verifies });
    date = answer.headers.date;
  } catch (error) {
    return failed(
      `no HTTP answer from ${url.origin}: ${(error as Error).message}`,
      "Check that a Flyte control plane is at this address, with TLS as configured.",
    );
  }
  const now = (begun + Date.now()) / 2;
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return skipped("the control plane does not tell its time");
  // On the average a time that is cut to seconds is half a second old.
  const ahead = now - (theirs + 500);
  const off = Math.abs(ahead);
  if (off < NOTICED_MS) return ok("this machine's clock agrees with the control plane's");
  const message = `this machine's clock is ${describeDuration(off)} ${ahead > 0 ? "ahead of" : "behind"} the control plane's`;
  const mend = "Set the clock of this machine, for example with `timedatectl set-ntp true`.";
  return off > TOO_FAR_MS
    ? failed(message, `${mend} Tokens are refused with clocks that far apart.`)
    : warning(message, mend);
}
