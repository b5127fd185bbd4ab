export interface Result {
  readonly name: string;
  readonly ms: number;
  /** `known`: it failed as a list of known failures says, and counts neither way. */
  readonly outcome: "passed" | "failed" | "known";
  /** What is wrong; absent when nothing is. */
  readonly problem?: string;
}
