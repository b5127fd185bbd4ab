import { fromBinary } from "@bufbuild/protobuf";
import { type Inputs, InputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { rpcError } from "../rpc-error.ts";
import { pathBelow, readIfThere } from "../tasks/run-files.ts";

const FILE = "/inputs.pb";

/** Where the inputs are that a URI of UploadInputs, or one that was read from a trigger, stands for. */
export function inputsFile(uri: string): string {
  return uri.endsWith(FILE) ? uri : uri + FILE;
}

/**
 * The inputs at the URI of an `inputs.pb`. Only what was uploaded to this devbox is read, never another file of the
 * machine. Throws `invalid_argument` when there are none.
 */
export function uploadedInputs(uri: string, dir: string): Inputs {
  const path = pathBelow(dir, uri);
  const bytes = path && readIfThere(path);
  if (!bytes)
    throw rpcError.invalidArgument(`there are no inputs at ${uri.slice(0, 500)}; upload them with UploadInputs`);
  try {
    return fromBinary(InputsSchema, bytes);
  } catch {
    throw rpcError.invalidArgument(`what is at ${uri.slice(0, 500)} is no inputs message`);
  }
}
