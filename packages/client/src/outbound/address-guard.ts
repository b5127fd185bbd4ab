import type { LookupAddress, LookupOptions } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { resolveName } from "./localhost-names.ts";

/** Why an address is not called. */
export class ForbiddenAddressError extends Error {
  readonly code = "FORBIDDEN_ADDRESS";

  constructor(host: string, address: string) {
    super(`${host} is ${address}, which no app has`);
  }
}

/**
 * Addresses that no app has, but that answer inside a cluster: link-local ones with the metadata services of the clouds,
 * the ones clouds use beside them, and what is no address of one host.
 */
const FORBIDDEN = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["100.100.100.200", 32],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["192.0.0.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  FORBIDDEN.addSubnet(net, prefix, "ipv4");
}
for (const [net, prefix] of [
  ["::", 128],
  // The forms of IPv6 that stand for an address of IPv4: link-local ones and those of this machine.
  ["::a9fe:0", 112],
  ["::7f00:0", 104],
  ["::ffff:0:a9fe:0", 112],
  ["::ffff:0:7f00:0", 104],
  ["64:ff9b::a9fe:0", 112],
  ["64:ff9b::7f00:0", 104],
  ["64:ff9b:1::", 48],
  ["2002:a9fe::", 32],
  ["2002:7f00::", 24],
  ["fd00:ec2::", 32],
  ["fd20:ce::", 32],
  ["fe80::", 10],
  ["ff00::", 8],
] as const) {
  FORBIDDEN.addSubnet(net, prefix, "ipv6");
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

const within = (list: BlockList, address: string): boolean =>
  list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Whether a URL's host is this machine by name or address. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return isIP(host) > 0 ? within(LOOPBACK, host) : /(^|\.)localhost$/i.test(host);
}

/**
 * Guards the addresses that connections are made to. A name is resolved once per connection and the addresses found are
 * the ones connected to, so a name that changes its answer between check and use gains nothing.
 */
export class AddressGuard {
  readonly #loopback: boolean;
  readonly #resolve: Resolve;

  /** `loopback`: whether this machine may be called, as on a laptop whose apps run beside the control plane. */
  constructor(loopback: boolean, resolve: Resolve = resolveName) {
    this.#loopback = loopback;
    this.#resolve = resolve;
  }

  /** Checks a host that is an address itself; a socket never looks such a host up. Throws {@link ForbiddenAddressError}. */
  checkHost(hostname: string): void {
    const host = hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) > 0) this.#check(host, host);
  }

  /** For `net.connect`: the system's lookup, refused when any of the addresses is forbidden. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      try {
        for (const { address } of addresses) this.#check(hostname, address);
      } catch (refusal) {
        return callback(refusal as Error, "", 0);
      }
      if (options.all) return callback(null, addresses);
      callback(null, addresses[0]?.address ?? "", addresses[0]?.family);
    });
  };

  #check(host: string, address: string): void {
    if (within(FORBIDDEN, address) || (!this.#loopback && within(LOOPBACK, address))) {
      throw new ForbiddenAddressError(host, address);
    }
  }
}
