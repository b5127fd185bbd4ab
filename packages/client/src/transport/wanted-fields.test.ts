import { create, fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { RunDetailsSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { expect, test } from "vitest";
import { keepFields, wantedFields } from "./wanted-fields.ts";

const run = { org: "o", project: "p", domain: "d", name: "r1" };
const details = create(RunDetailsSchema, {
  runSpec: { labels: { values: { team: "data" } } },
  action: {
    id: { run, name: "a0" },
    status: { phase: 5, attempts: 2, durationMs: 12_345_678_901n, startTime: { seconds: 1n, nanos: 5 } },
    result: { case: "errorInfo", value: { message: "x".repeat(300) } },
    attempts: [{ attempt: 1 }, { attempt: 2 }],
  },
});
const bytes = toBinary(RunDetailsSchema, details);
const kept = (names: Parameters<typeof wantedFields>[1]) =>
  toJson(RunDetailsSchema, fromBinary(RunDetailsSchema, keepFields(bytes, wantedFields(RunDetailsSchema, names))));

test("keeps the wanted fields, whole or in part, and nothing else", () => {
  expect(kept({ action: { id: { run: { name: true } }, status: true, errorInfo: true } })).toEqual({
    action: {
      id: { run: { name: "r1" } },
      status: {
        phase: "ACTION_PHASE_SUCCEEDED",
        attempts: 2,
        durationMs: "12345678901",
        startTime: "1970-01-01T00:00:01.000000005Z",
      },
      errorInfo: { message: "x".repeat(300) },
    },
  });
  expect(kept({ runSpec: true })).toEqual({ runSpec: { labels: { values: { team: "data" } } } });
  expect(kept({})).toEqual({});
  expect(kept({ action: { attempts: { attempt: true } } })).toEqual({
    action: { attempts: [{ attempt: 1 }, { attempt: 2 }] },
  });
});

test("leaves bytes that are no message to the decoder", () => {
  const wanted = wantedFields(RunDetailsSchema, { action: { id: true } });
  const read = (of: Uint8Array) => {
    try {
      return [fromBinary(RunDetailsSchema, of).action?.id?.run?.name];
    } catch {
      return "does not decode";
    }
  };
  for (let length = 0; length < bytes.length; length++) {
    const cut = bytes.subarray(0, length);
    expect(read(keepFields(cut, wanted)), `${length} bytes`).toEqual(read(cut));
  }
});

test("refuses a name that the message does not have", () => {
  const names = { acton: true } as const;
  expect(() => wantedFields(RunDetailsSchema, names)).toThrow("flyteidl2.workflow.RunDetails has no field acton");
});
