/**
 * `Condition.substate` of `flyteidl2/app/app_definition.proto`, by its numbers there. The npm descriptors (2.0.16) lack
 * the field, so that it travels as an unknown one. The open-source plane sets none.
 */
export const SUBSTATE = {
  initializing: 2,
  imagePullError: 4,
  secretMountError: 5,
  crashLoop: 6,
  oomKilled: 7,
  scaledToZero: 9,
  scalingFromZero: 10,
  scalingUp: 11,
} as const;

export type Substate = keyof typeof SUBSTATE;

const FIELD = 6;
const VARINT = 0;

/** The field as a message carries it that does not know it. */
export function substateField(substate: Substate): { no: number; wireType: number; data: Uint8Array } {
  return { no: FIELD, wireType: VARINT, data: Uint8Array.of(SUBSTATE[substate]) };
}
