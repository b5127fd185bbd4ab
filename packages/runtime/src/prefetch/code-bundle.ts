import { gzipSync } from "node:zlib";
import { TAR_END, tarHeader, tarPadding } from "@flyte-webhook/core/ustar";

/**
 * A gzipped tar archive of one text file: the code bundle that Flyte's entry point unpacks. The same content gives the same
 * bytes, because nothing of the time or the machine is in it.
 */
export function codeBundle(filename: string, text: string): Uint8Array {
  const content = Buffer.from(text);
  const size = content.length;
  const archive = Buffer.concat([tarHeader({ name: Buffer.from(filename), size }), content, tarPadding(size), TAR_END]);
  return gzipSync(archive, { level: 9 });
}
