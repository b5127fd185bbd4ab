import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, type Interceptor, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import { CONNECT_CODES, type ConnectCodeName, FlyteWebhookError } from "@flyte-webhook/core";
import { connectionKey } from "../server/connection-key.ts";
import { Countdown, type Fault, faultHandle, type Times } from "./fault.ts";
import { matches, methodsOf, type RpcPattern, rpcName } from "./rpc-names.ts";

type Next = ReturnType<Interceptor>;
type Call = UnaryRequest | StreamRequest;

interface ArmedFault {
  readonly concerns: (call: Call) => boolean;
  readonly around: (next: Next) => Next;
  readonly countdown: Countdown;
}

/** The faults of calls that are armed: each one is a row, and the interceptor goes through them. */
export class RpcFaults {
  #armed: ArmedFault[] = [];

  /** Arms a fault for the calls that it concerns. */
  arm(concerns: ArmedFault["concerns"], around: ArmedFault["around"], times: Times): Fault {
    const row: ArmedFault = { concerns, around, countdown: new Countdown(times) };
    this.#armed.push(row);
    return faultHandle(row.countdown, () => {
      this.#armed = this.#armed.filter((one) => one !== row);
    });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The one armed first befalls a call first. */
  readonly interceptor: Interceptor = (next) => (call) => {
    const befalling = this.#armed.filter(({ countdown, concerns }) => !countdown.isOver && concerns(call));
    for (const { countdown } of befalling) countdown.hit();
    return befalling.reduceRight((inner, { around }) => around(inner), next)(call);
  };
}

/** What can befall the calls of some RPCs. */
export class RpcFault {
  readonly #faults: RpcFaults;
  readonly #pattern: RpcPattern;
  readonly #concerns: ArmedFault["concerns"];

  /** Throws `invalid_argument` for a name that no RPC has. */
  constructor(faults: RpcFaults, pattern: RpcPattern) {
    methodsOf(pattern);
    this.#faults = faults;
    this.#pattern = pattern;
    this.#concerns = ({ method }) => matches(pattern, rpcName(method));
  }

  /** The call is not carried out, and answered with a code: `fails("unavailable", { times: 2 })`. */
  fails(
    code: ConnectCodeName,
    { message = `a fault of this test: ${code}`, ...times }: Times & { readonly message?: string } = {},
  ): Fault {
    const number = CONNECT_CODES.indexOf(code) + 1;
    if (number === 0)
      throw invalid(`${JSON.stringify(code)} is no code of Connect; they are ${CONNECT_CODES.join(", ")}`);
    return this.#faults.arm(
      this.#concerns,
      () => async () => {
        throw new ConnectError(message, number as Code);
      },
      times,
    );
  }

  /** The call is carried out after a pause of so many milliseconds, unless its caller has left by then. */
  delays(ms: number, times: Times = {}): Fault {
    return this.#faults.arm(
      this.#concerns,
      (next) => async (call) => {
        await sleep(ms, undefined, { signal: call.signal }).catch(() => {
          throw new ConnectError("the caller left", Code.Canceled);
        });
        return next(call);
      },
      times,
    );
  }

  /** The call is never answered: its caller waits until its own time is over. */
  hangs(times: Times = {}): Fault {
    return this.#faults.arm(
      this.#concerns,
      () => (call) =>
        new Promise((_, reject) => {
          const left = () => reject(new ConnectError("the caller left", Code.Canceled));
          if (call.signal.aborted) left();
          else call.signal.addEventListener("abort", left, { once: true });
        }),
      times,
    );
  }

  /**
   * The connection of a stream breaks after so many messages, as when a proxy in between is restarted. A stream that
   * ends before that ends as ever. Throws `invalid_argument` for RPCs that do not stream.
   */
  cutsStream(afterMessages: number, times: Times = {}): Fault {
    const unary = methodsOf(this.#pattern).every(({ methodKind }) => methodKind === "unary");
    if (unary) throw invalid(`${this.#pattern} does not stream; let it fail, or delay it`);
    return this.#faults.arm(
      (call) => call.stream && this.#concerns(call),
      (next) => async (call) => {
        const cut = () => call.contextValues.get(connectionKey).cut();
        const answer = await next(call);
        return answer.stream ? { ...answer, message: first(answer.message, afterMessages, cut) } : answer;
      },
      times,
    );
  }
}

async function* first<T>(messages: AsyncIterable<T>, count: number, cut: () => Promise<void>): AsyncGenerator<T> {
  let sent = 0;
  if (count <= 0) await cut();
  for await (const message of messages) {
    if (sent === count) return;
    yield message;
    sent++;
    if (sent === count) await cut();
  }
}

function invalid(message: string): FlyteWebhookError {
  return new FlyteWebhookError("invalid_argument", message);
}
