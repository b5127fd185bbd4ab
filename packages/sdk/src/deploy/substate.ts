import { BinaryReader } from "@bufbuild/protobuf/wire";
import { DeploymentStatus } from "@flyte-webhook/client/app-status";
import type { App } from "@flyte-webhook/idl/flyteidl2/app/app_definition";

/** `Condition.substate` of flyteidl2 2.0.51, which the descriptors of 2.0.16 do not know: it travels as unknown field. */
const SUBSTATE = 6;

/** Substates that a failed app has, by their numbers, and what mends them. An open-source plane tells none. */
const FAILURES: Readonly<Record<number, { readonly name: string; readonly hint: string }>> = {
  3: { name: "WEBHOOK_ERROR", hint: "An admission webhook of the cluster refused the pod; ask who runs the cluster." },
  4: {
    name: "IMAGE_PULL_ERROR",
    hint: "Check that the image exists under that name, and that the cluster may pull it.",
  },
  5: { name: "SECRET_MOUNT_ERROR", hint: "Check that the declared secrets exist in the app's project and domain." },
  6: { name: "CRASH_LOOP", hint: "The program ends soon after it starts; its log tells why." },
  7: { name: "OOM_KILLED", hint: "Give it more memory: resources.memory." },
};

/** Why an app failed, in the platform's own word and with what to do; undefined when the platform does not say. */
export function failedSubstate(app: App): { readonly name: string; readonly hint: string } | undefined {
  const failed = app.status?.conditions.findLast((one) => one.deploymentStatus === DeploymentStatus.FAILED);
  const field = failed?.$unknown?.findLast(({ no, wireType }) => no === SUBSTATE && wireType === 0);
  return field === undefined ? undefined : FAILURES[new BinaryReader(field.data).int32()];
}
