import type { LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import { AddressGuard, isLoopbackHost } from "./address-guard.ts";

const refused = [
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "168.63.129.16",
  "0.0.0.0",
  "255.255.255.255",
  "224.0.0.1",
  "[fd00:ec2::254]",
  "[fe80::1]",
  "[::]",
  "[::ffff:169.254.169.254]",
  "[::ffff:a9fe:a9fe]",
  "[::169.254.169.254]",
  "[64:ff9b::169.254.169.254]",
  "[2002:a9fe:a9fe::1]",
  "[::ffff:0:169.254.169.254]",
  "[64:ff9b:1::169.254.169.254]",
  // This machine in the other words of IPv6: no laptop's app is named so.
  "[::127.0.0.1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[2002:7f00:1::1]",
];
const loopback = ["127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"];
const open = ["10.0.0.1", "192.168.1.1", "203.0.113.7", "[2001:db8::1]", "helper.example"];

describe("AddressGuard", () => {
  it.each([...refused, ...loopback])("refuses %s", (host) => {
    expect(() => new AddressGuard(false).checkHost(host)).toThrow(/no app has/);
  });

  it.each(loopback)("lets %s through on a laptop", (host) => new AddressGuard(true).checkHost(host));

  it.each(refused)("refuses %s on a laptop too", (host) => {
    expect(() => new AddressGuard(true).checkHost(host)).toThrow(/no app has/);
  });

  it.each(open)("lets %s through", (host) => new AddressGuard(false).checkHost(host));

  /** What a socket learns about a name with these addresses. */
  const lookUp = (addresses: string[]) =>
    new Promise<LookupAddress[]>((resolve, reject) => {
      const known = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      const guard = new AddressGuard(false, (_, __, callback) => callback(null, known));
      guard.lookup("helper.example", { all: true }, (error, found) =>
        error ? reject(error) : resolve(found as LookupAddress[]),
      );
    });

  it("refuses a name when any of its addresses is forbidden", async () => {
    await expect(lookUp(["203.0.113.7", "169.254.169.254"])).rejects.toThrow(/no app has/);
    await expect(lookUp(["fd00:ec2::254"])).rejects.toThrow(/no app has/);
    await expect(lookUp(["203.0.113.7"])).resolves.toEqual([{ address: "203.0.113.7", family: 4 }]);
  });
});

describe("isLoopbackHost", () => {
  it.each(["localhost", "LOCALHOST", "a.localhost", ...loopback])("%s is", (host) =>
    expect(isLoopbackHost(host)).toBe(true),
  );
  it.each(["localhost.example", "notlocalhost", ...open])("%s is not", (host) =>
    expect(isLoopbackHost(host)).toBe(false),
  );
});
