import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { CONNECT_CODES, type ConnectCodeName } from "@flyte-webhook/core";
import { callerKey } from "../server/caller.ts";
import { methodsOf, type RequestOf, type RpcName, rpcName } from "./rpc-names.ts";

/** A call that the devbox was sent, in the order of arrival. Whatever credential came with it is not kept. */
export interface RecordedCall<Request = Message> {
  /** `RunService/CreateRun` */
  readonly rpc: string;
  /** `RunService` */
  readonly service: string;
  /** `CreateRun` */
  readonly method: string;
  readonly request: Request;
  /** Who called, by API key, token or identity header; undefined for a call that does not say. */
  readonly caller: string | undefined;
  /** How it ended; undefined while it goes on. A watch that its caller ends is `canceled`. */
  readonly outcome: "ok" | ConnectCodeName | undefined;
}

type Open = { -readonly [K in keyof RecordedCall]: RecordedCall[K] };

/** What a devbox was asked, by anyone: the code under test, the apps and tasks that run on it, the test itself. */
export class RecordedCalls implements Iterable<RecordedCall> {
  readonly #calls: Open[] = [];

  get length(): number {
    return this.#calls.length;
  }

  /** The calls of one RPC, the oldest first. Throws `invalid_argument` for a name that is none. */
  of<N extends RpcName>(rpc: N): readonly RecordedCall<RequestOf<N>>[] {
    methodsOf(rpc);
    return this.#calls.filter((call) => call.rpc === rpc) as unknown as RecordedCall<RequestOf<N>>[];
  }

  clear(): void {
    this.#calls.length = 0;
  }

  [Symbol.iterator](): Iterator<RecordedCall> {
    return this.#calls[Symbol.iterator]();
  }

  /** Takes down every call that it sees. */
  readonly interceptor: Interceptor = (next) => async (request) => {
    const { method, contextValues } = request;
    const { identified, subject } = contextValues.get(callerKey);
    const begin = (message: Message): Open => {
      const call: Open = {
        rpc: rpcName(method),
        service: method.parent.name,
        method: method.name,
        request: message,
        caller: identified ? subject : undefined,
        outcome: undefined,
      };
      this.#calls.push(call);
      return call;
    };
    if (!request.stream) {
      const call = begin(request.message);
      try {
        const answer = await next(request);
        call.outcome = "ok";
        return answer;
      } catch (error) {
        call.outcome = codeOf(error);
        throw error;
      }
    }
    // The one message of the request is known once the handler reads it.
    let call: Open | undefined;
    const read = request.message;
    async function* taken() {
      for await (const message of read) {
        call ??= begin(message);
        yield message;
      }
    }
    try {
      const answer = await next({ ...request, message: taken() });
      if (!answer.stream) return answer;
      const sent = answer.message;
      async function* told() {
        let outcome: Open["outcome"] = "canceled";
        try {
          yield* sent;
          // A watch whose caller leaves ends by itself.
          if (!request.signal.aborted) outcome = "ok";
        } catch (error) {
          outcome = codeOf(error);
          throw error;
        } finally {
          if (call) call.outcome = outcome;
        }
      }
      return { ...answer, message: told() };
    } catch (error) {
      if (call) call.outcome = codeOf(error);
      throw error;
    }
  };
}

function codeOf(error: unknown): ConnectCodeName {
  return CONNECT_CODES[ConnectError.from(error, Code.Internal).code - 1] ?? "unknown";
}
