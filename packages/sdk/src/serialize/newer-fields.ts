/**
 * Fields of flyteidl2 2.0.51 that the descriptors of 2.0.16, the newest on npm, do not know. They travel as unknown
 * fields. This file goes when npm catches up.
 *
 * | message           | field                        | number |
 * |-------------------|------------------------------|--------|
 * | app.Spec          | string cluster               | 16     |
 * | app.Meta          | task.SourceCode source_code  | 5      |
 * | task.SourceCode   | string link                  | 1      |
 */
import type { Message } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Meta, Spec } from "@flyte-webhook/idl/flyteidl2/app/app_definition";

const CLUSTER = 16;
const SOURCE_CODE = 5;
const LINK = 1;

export function setCluster(spec: Spec, cluster: string): void {
  setField(spec, CLUSTER, new BinaryWriter().string(cluster).finish());
}

/** The cluster that a spec is pinned to, empty when it is not. */
export function clusterOf(spec: Spec): string {
  const field = spec.$unknown?.findLast(({ no }) => no === CLUSTER);
  return field === undefined ? "" : new BinaryReader(field.data).string();
}

export function setSourceLink(meta: Meta, link: string): void {
  const sourceCode = new BinaryWriter().tag(LINK, WireType.LengthDelimited).string(link).finish();
  setField(meta, SOURCE_CODE, new BinaryWriter().bytes(sourceCode).finish());
}

/** Gives `to` the source link of `from`, when there is one. */
export function copySourceLink(from: Meta | undefined, to: Meta): void {
  const field = from?.$unknown?.findLast(({ no }) => no === SOURCE_CODE);
  if (field !== undefined) setField(to, SOURCE_CODE, field.data);
}

/** `data` is as on the wire: with its length in front. */
function setField(message: Message, no: number, data: Uint8Array): void {
  const others = message.$unknown?.filter((field) => field.no !== no) ?? [];
  message.$unknown = [...others, { no, wireType: WireType.LengthDelimited, data }];
}
