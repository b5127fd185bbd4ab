import { type DescMessage, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { changeTexts } from "../services/msgpack-texts.ts";

/** Changes every text in a message, at any depth, in place; also those in msgpack. Keys of maps stay. */
export function changeMessage<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  change: (text: string) => string,
): void {
  changeFields(reflect(schema, message), change);
}

function changeFields(message: ReflectMessage, change: (text: string) => string): void {
  const changed = (value: unknown): unknown => {
    if (typeof value === "string") return change(value);
    if (value instanceof Uint8Array) return changeTexts(value, change);
    changeFields(value as ReflectMessage, change);
    return value;
  };
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    switch (field.fieldKind) {
      case "scalar":
        if (holdsText(field.scalar)) message.set(field, changed(message.get(field)));
        break;
      case "message":
        message.set(field, changed(message.get(field)));
        break;
      case "list": {
        if (field.listKind === "enum" || (field.listKind === "scalar" && !holdsText(field.scalar))) break;
        const list = message.get(field);
        for (const [at, item] of [...list].entries()) list.set(at, changed(item));
        break;
      }
      case "map": {
        if (field.mapKind === "enum" || (field.mapKind === "scalar" && !holdsText(field.scalar))) break;
        const map = message.get(field);
        for (const [key, value] of [...map]) map.set(key, changed(value));
      }
    }
  }
}

const holdsText = (type: ScalarType | undefined): boolean => type === ScalarType.STRING || type === ScalarType.BYTES;
