import { optional, type Read, readOptions, shown, text } from "../declaration/option.ts";

export interface PortOptions {
  readonly port: number;
  /** Protocol behind the port: `http1` (also when absent) or `h2c`; a platform knows no other. */
  readonly name?: "http1" | "h2c" | "" | undefined;
}

/** A port with a name; a plain number does where the protocol is HTTP/1. */
export class Port {
  readonly port: number;
  readonly name: string | undefined;

  constructor(options: PortOptions) {
    this.port = options.port;
    this.name = options.name;
  }
}

/** Ports that Python's SDK refuses; most are taken by the proxy beside every container. */
const RESERVED = [8012, 8022, 8112, 9090, 9091];

const readNumber: Read<number> = (value, loc, problems) => {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > 65535) {
    return problems.add(loc, `should be a port number from 1 to 65535, not ${shown(value)}`);
  }
  if (!RESERVED.includes(value as number)) return value as number;
  return problems.add(loc, `${value} is reserved by the platform; take another than ${RESERVED.join(", ")}`);
};

const readName: Read<string> = (value, loc, problems) => {
  const name = text(value, loc, problems);
  if (name === undefined || ["", "http1", "h2c"].includes(name)) return name;
  return problems.add(loc, `should be "http1" or "h2c" (the platform knows no other), not ${shown(name)}`);
};

const OPTIONS = { port: { read: readNumber, absent: undefined, required: true }, name: optional(readName) };

export const readPort: Read<{ readonly port: number; readonly name: string | undefined }> = (value, loc, problems) => {
  if (value instanceof Port) return readOptions(OPTIONS, value, loc, problems);
  const port = readNumber(value, loc, problems);
  return port === undefined ? undefined : { port, name: undefined };
};
