import { expect, test, vi } from "vitest";
import { dialable, resolveName } from "./localhost-names.ts";

test("names below localhost are this machine, whatever the system says", async () => {
  const told = vi.fn();
  resolveName("shop-p-d.localhost", { all: true }, told);
  await vi.waitFor(() => expect(told).toHaveBeenCalledWith(null, [{ address: "127.0.0.1", family: 4 }]));
});

test.each([
  ["http://shop-p-d.localhost:20001/health?x=1", "http://127.0.0.1:20001/health?x=1"],
  ["http://localhost.example.org/", "http://localhost.example.org/"],
  ["http://notlocalhost:1", "http://notlocalhost:1"],
  ["no address", "no address"],
])("%s is dialled as %s", (address, expected) => expect(dialable(address)).toBe(expected));
