import { create } from "@bufbuild/protobuf";
import { type Literal, LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import type { LiteralType } from "@flyte-webhook/idl/flyteidl2/core/types";
import type { SecondsNanos } from "./time.ts";

/** The cases of a scalar as `create` takes them. */
type ScalarInit = { case: string; value: unknown };

export function scalar(value: ScalarInit, hash = ""): Literal {
  return create(LiteralSchema, { hash, value: { case: "scalar", value: { value } } } as never);
}

type PrimitiveInit =
  | { case: "integer"; value: bigint }
  | { case: "floatValue"; value: number }
  | { case: "stringValue"; value: string }
  | { case: "boolean"; value: boolean }
  | { case: "datetime" | "duration"; value: SecondsNanos };

export function primitive(value: PrimitiveInit): Literal {
  return scalar({ case: "primitive", value: { value } });
}

export function none(): Literal {
  return scalar({ case: "noneType", value: {} });
}

/** A value of a union: `type` is the registered variant itself, whose tag tells a task how to read it. */
export function variant(value: Literal, type: LiteralType): Literal {
  return scalar({ case: "union", value: { value, type } });
}

/** Bytes; those tagged `msgpack` are data, those without a tag a pickle. */
export function binary(tag: "msgpack" | "", value: Uint8Array): Literal {
  return scalar({ case: "binary", value: { tag, value } });
}
