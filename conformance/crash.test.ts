import { expect, test } from "vitest";
import { crash } from "../soak/crash.ts";

const ROUNDS = 10;

test("a devbox that is killed again and again under load loses nothing, and runs nothing twice", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { problems } = await crash(ROUNDS, seed, () => {});
  expect(problems, `seed ${seed}; npm run soak -- crash --seed ${seed} --cases ${ROUNDS}`).toEqual([]);
}, 240_000);
