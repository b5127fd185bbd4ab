import { describe, expect, it } from "vitest";
import { type Minted, TokenCache } from "./token-cache.ts";

const minted = (name: string, expiresInMs?: number): Minted => ({
  token: { headers: { authorization: `Bearer ${name}` } },
  expiresInMs,
});

describe("TokenCache", () => {
  it("keeps at most a thousand tokens, those used last", async () => {
    const cache = new TokenCache();
    let made = 0;
    const get = (name: number) =>
      cache.get(String(name), async () => {
        made++;
        return minted(String(name));
      });
    for (let name = 0; name < 1000; name++) await get(name);
    await get(0);
    await get(1000);
    expect([cache.size, made]).toEqual([1000, 1001]);
    await get(0);
    expect(made).toBe(1001);
    await get(1);
    expect(made).toBe(1002);
  });

  it("uses a token for nine tenths of a short life, for five minutes when nothing is said", async () => {
    let now = 0;
    let made = 0;
    const cache = new TokenCache(() => now);
    const get = (name: string, life?: number) =>
      cache.get(name, async () => minted(`${name}${++made}`, life)).then(({ headers }) => headers.authorization);
    expect([await get("short", 1000), await get("silent")]).toEqual(["Bearer short1", "Bearer silent2"]);
    now = 899;
    expect(await get("short", 1000)).toBe("Bearer short1");
    now = 900;
    expect(await get("short", 1000)).toBe("Bearer short3");
    now = 269_999;
    expect(await get("silent")).toBe("Bearer silent2");
    now = 270_000;
    expect(await get("silent")).toBe("Bearer silent4");
  });

  it("renews a refused token once, and not one that was renewed meanwhile", async () => {
    const cache = new TokenCache();
    let made = 0;
    const mint = async () => minted(String(++made));
    const first = await cache.get("n", mint);
    const renewed = await Promise.all(Array.from({ length: 20 }, () => cache.renew("n", first, mint)));
    expect([new Set(renewed).size, made]).toEqual([1, 2]);
    expect(await cache.renew("n", first, mint)).toBe(renewed[0]);
    expect(made).toBe(2);
  });
});
