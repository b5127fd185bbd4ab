import { FlyteWebhookError } from "@flyte-webhook/core";
import { TAR_END, tarHeader, tarPadding } from "@flyte-webhook/core/ustar";

export interface TarEntry {
  /** With `/` between its parts, relative. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/**
 * Files as a tar archive (POSIX ustar), byte-stable: no owner, no time, in the given order. Throws `invalid_declaration`
 * for a path that the format cannot hold.
 */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap(({ path, bytes, executable }) => {
    const [prefix, name] = split(path);
    const file = { name: Buffer.from(name), prefix: Buffer.from(prefix), size: bytes.length, executable };
    return [tarHeader(file), bytes, tarPadding(bytes.length)];
  });
  return Buffer.concat([...parts, TAR_END]);
}

/** A name has 100 bytes, and 155 more for what is before one of its slashes. */
function split(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return [prefix, name];
  }
  throw new FlyteWebhookError("invalid_declaration", `image: the path ${path} is too long to be sent to a builder`);
}
