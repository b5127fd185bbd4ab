/** What became of an image that had to be built. */
export interface BuiltImage {
  readonly change: "built" | "there";
  /** Under which a cluster finds it. */
  readonly reference: string;
}
