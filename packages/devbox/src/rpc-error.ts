import { Code, ConnectError } from "@connectrpc/connect";

/** The errors that handlers throw, by the code a client sees. */
export const rpcError = {
  invalidArgument: (message: string) => new ConnectError(message, Code.InvalidArgument),
  notFound: (message: string) => new ConnectError(message, Code.NotFound),
  alreadyExists: (message: string) => new ConnectError(message, Code.AlreadyExists),
  aborted: (message: string) => new ConnectError(message, Code.Aborted),
  failedPrecondition: (message: string) => new ConnectError(message, Code.FailedPrecondition),
  unimplemented: (message: string) => new ConnectError(message, Code.Unimplemented),
  unavailable: (message: string) => new ConnectError(message, Code.Unavailable),
  internal: (message: string) => new ConnectError(message, Code.Internal),
} as const;
