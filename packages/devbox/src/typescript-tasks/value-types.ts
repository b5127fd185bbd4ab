import { create } from "@bufbuild/protobuf";
import { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { type Literal, LiteralSchema, type Primitive } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";

/** The types that inputs and outputs of a TypeScript task may have, with what they are in TypeScript. */
export interface ValueTypes {
  int: bigint;
  float: number;
  str: string;
  bool: boolean;
  datetime: Date;
  /** Seconds. */
  duration: number;
}

export type TypeName = keyof ValueTypes;

type PrimitiveValue = Primitive["value"];

interface Conversion<T> {
  readonly simple: SimpleType;
  /** Undefined for a value that is not of this type. */
  readonly write: (value: unknown) => PrimitiveValue | undefined;
  readonly read: (value: PrimitiveValue) => T | undefined;
}

const INT64 = 2n ** 63n;

const CONVERSIONS: { readonly [K in TypeName]: Conversion<ValueTypes[K]> } = {
  int: {
    simple: SimpleType.INTEGER,
    write: (value) => {
      const integer = Number.isSafeInteger(value) ? BigInt(value as number) : value;
      const fits = typeof integer === "bigint" && integer >= -INT64 && integer < INT64;
      return fits ? { case: "integer", value: integer } : undefined;
    },
    read: (value) => (value.case === "integer" ? value.value : undefined),
  },
  float: {
    simple: SimpleType.FLOAT,
    write: (value) => (typeof value === "number" ? { case: "floatValue", value } : undefined),
    read: (value) => (value.case === "floatValue" ? value.value : undefined),
  },
  str: {
    simple: SimpleType.STRING,
    write: (value) => (typeof value === "string" ? { case: "stringValue", value } : undefined),
    read: (value) => (value.case === "stringValue" ? value.value : undefined),
  },
  bool: {
    simple: SimpleType.BOOLEAN,
    write: (value) => (typeof value === "boolean" ? { case: "boolean", value } : undefined),
    read: (value) => (value.case === "boolean" ? value.value : undefined),
  },
  datetime: {
    simple: SimpleType.DATETIME,
    write: (value) => {
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) return undefined;
      return { case: "datetime", value: create(TimestampSchema, split(value.getTime() / 1000, Math.floor)) };
    },
    read: (value) =>
      value.case === "datetime"
        ? new Date(Number(value.value.seconds) * 1000 + Math.floor(value.value.nanos / 1e6))
        : undefined,
  },
  duration: {
    simple: SimpleType.DURATION,
    write: (value) => {
      if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
      return { case: "duration", value: create(DurationSchema, split(value, Math.trunc)) };
    },
    read: (value) => (value.case === "duration" ? Number(value.value.seconds) + value.value.nanos / 1e9 : undefined),
  },
};

export const TYPE_NAMES = Object.keys(CONVERSIONS) as TypeName[];

export function simpleTypeOf(type: TypeName): SimpleType {
  return CONVERSIONS[type].simple;
}

/** Undefined for a value that is not of the type. */
export function literalOf(type: TypeName, value: unknown): Literal | undefined {
  const primitive = CONVERSIONS[type].write(value);
  if (primitive === undefined) return undefined;
  const scalar = { case: "primitive", value: { value: primitive } } as const;
  return create(LiteralSchema, { value: { case: "scalar", value: { value: scalar } } });
}

/** Undefined for a literal that is not of the type. */
export function parseLiteral(type: TypeName, literal: Literal | undefined): unknown {
  const scalar = literal?.value.case === "scalar" ? literal.value.value.value : undefined;
  return scalar?.case === "primitive" ? CONVERSIONS[type].read(scalar.value.value) : undefined;
}

/** A timestamp's nanoseconds are never negative, a duration's have the sign of its seconds. */
function split(value: number, round: (value: number) => number) {
  const seconds = round(value);
  return { seconds: BigInt(seconds), nanos: Math.round((value - seconds) * 1e9) };
}
