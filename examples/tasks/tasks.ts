// Three small tasks. `flyte-webhook dev --tasks examples/tasks/tasks.ts` deploys them to flytesnacks/development.
import { setTimeout as sleep } from "node:timers/promises";
import { defineTask } from "@flyte-webhook/devbox/define-task";

export const myTask = defineTask({
  name: "example.my_task",
  inputs: { x: "int", y: "str" },
  outputs: { o0: "str" },
  run: ({ x, y }) => ({ o0: `${y} ${x}` }),
});

export const slow = defineTask({
  name: "example.slow",
  inputs: { seconds: "int" },
  outputs: { o0: "str" },
  run: async ({ seconds }) => {
    for (let second = 1n; second <= seconds; second++) {
      await sleep(1000);
      console.log(`${second} of ${seconds} s`);
    }
    return { o0: `slept ${seconds} s` };
  },
});

export const fails = defineTask({
  name: "example.fails",
  inputs: {},
  outputs: {},
  run: () => {
    throw new Error("this task always fails");
  },
});
