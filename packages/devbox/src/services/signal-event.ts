import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { LiteralSchema, type PrimitiveSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { ActionType, ConditionActionSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { newer } from "../newer-fields.ts";
import { type SignalEventRequest, signalEventMethod } from "../newer-signal-event.ts";
import { rpcError } from "../rpc-error.ts";
import type { Actions } from "../store/actions.ts";
import type { Executor } from "../tasks/executor.ts";
import { requireAction } from "./names.ts";

type Payload = NonNullable<SignalEventRequest["payload"]>["value"];

/** Gives a condition the value that its task waits for, once. */
export function registerSignalEvent(router: ConnectRouter, actions: Actions, executor: Executor): void {
  router.rpc(signalEventMethod, (message) => {
    const { actionId, parentActionName, payload } = newer<SignalEventRequest>(message);
    const key = requireAction(actionId);
    const row = actions.get(key);
    if (!row || (parentActionName !== "" && row.parent !== parentActionName))
      throw rpcError.notFound(`action not found: ${key.action}`);
    if (row.kind !== ActionType.CONDITION) throw rpcError.failedPrecondition(`${key.action} is not a condition`);
    const { type } = fromBinary(ConditionActionSchema, row.spec);
    const declared = type?.type.case === "simple" ? type.type.value : undefined;
    const primitive = primitiveOf(payload?.value ?? { case: undefined }, declared);
    const value = create(LiteralSchema, {
      value: { case: "scalar", value: { value: { case: "primitive", value: { value: primitive } } } },
    });
    if (!executor.signal({ ...key, id: row.id }, toBinary(LiteralSchema, value)))
      throw rpcError.failedPrecondition(`the condition ${key.action} has ended`);
    return {};
  });
}

type PrimitiveValue = NonNullable<MessageInitShape<typeof PrimitiveSchema>["value"]>;

/** A whole number is a value of a condition that wants a float; else the kinds must be the same. */
function primitiveOf(payload: Payload, declared: SimpleType | undefined): PrimitiveValue {
  const wants = (type: SimpleType) => declared === undefined || declared === type;
  switch (payload.case) {
    case "boolValue":
      if (wants(SimpleType.BOOLEAN)) return { case: "boolean", value: payload.value };
      break;
    case "intValue":
      if (wants(SimpleType.INTEGER)) return { case: "integer", value: payload.value };
      if (declared === SimpleType.FLOAT) return { case: "floatValue", value: Number(payload.value) };
      break;
    case "floatValue":
      if (wants(SimpleType.FLOAT)) return { case: "floatValue", value: payload.value };
      break;
    case "stringValue":
      if (wants(SimpleType.STRING)) return { case: "stringValue", value: payload.value };
      break;
    default:
      throw rpcError.invalidArgument("the payload is missing");
  }
  const wanted = SimpleType[declared ?? SimpleType.NONE].toLowerCase();
  throw rpcError.invalidArgument(`the payload is a ${payload.case.replace("Value", "")} where ${wanted} is declared`);
}
