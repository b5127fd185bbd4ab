import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";

/**
 * A message for many streams at once. From the second stream in the binary form on, its fields have been written out
 * already: they stand in the message as bytes, as fields do that a reader does not know, and go into each stream by a
 * copy. Streams in JSON get the message itself.
 */
export function writtenOnce<Desc extends DescMessage>(
  schema: Desc,
  init: MessageInitShape<Desc>,
): (requestHeader: Headers) => MessageShape<Desc> {
  const message = create(schema, init);
  let written: MessageShape<Desc> | undefined;
  let asked = false;
  return (requestHeader) => {
    const first = !asked;
    asked = true;
    if (first || requestHeader.get("content-type")?.includes("json")) return message;
    written ??= asBytes(schema, message);
    return written;
  };
}

function asBytes<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): MessageShape<Desc> {
  const written = create(schema);
  const { $unknown } = fromBinary(EmptySchema, toBinary(schema, message));
  if ($unknown) written.$unknown = $unknown;
  return written;
}
