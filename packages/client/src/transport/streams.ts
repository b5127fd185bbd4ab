import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { callerKey } from "../caller.ts";
import { DEFAULT_MAX_RESPONSE_BYTES, type TransportOptions, tlsOptions, USER_AGENT } from "./options.ts";

/** Connect-node for the calls that stream; they are few, so its cost does not matter. */
export function createStreamTransport(options: TransportOptions): Transport {
  return createConnectTransport({
    baseUrl: options.endpoint.origin,
    httpVersion: "1.1",
    useBinaryFormat: true,
    readMaxBytes: options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
    interceptors: [credentials(options), brokenOff],
    ...(options.endpoint.insecure ? {} : { nodeOptions: tlsOptions(options) }),
  });
}

/** Sets the credentials of a call: its own, else those of the connection. */
export const credentials =
  (options: TransportOptions): Interceptor =>
  (next) =>
  (request) => {
    const caller = request.contextValues.get(callerKey) ?? options.headers;
    for (const [name, value] of Object.entries(caller ?? {})) if (value) request.header.set(name, value);
    request.header.set("user-agent", USER_AGENT);
    return next(request);
  };

/** What Connect says, as the caller's own mistake, of a stream that a proxy or a dying server has cut. */
const CUT = /^protocol error: (missing EndStreamResponse|incomplete envelope|premature end)/;

/** A stream that ends without its last message has broken off: `unavailable`, so that whoever watches begins again. */
const brokenOff: Interceptor = (next) => async (request) => {
  const response = await next(request);
  if (!response.stream) return response;
  return { ...response, message: untilBroken(response.message) };
};

/** What Connect says, as if the plane had no resources left, of a message that is not read. */
const TOO_LARGE = /^message size .*readMaxBytes/;

async function* untilBroken<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const again = (text: string, code: Code) => new ConnectError(text, code, undefined, undefined, error);
    if (error.code === Code.InvalidArgument && CUT.test(error.rawMessage))
      throw again("the stream broke off", Code.Unavailable);
    if (error.code === Code.ResourceExhausted && TOO_LARGE.test(error.rawMessage))
      throw again("the stream holds a message that is too large to be one", Code.Internal);
    throw error;
  }
}
