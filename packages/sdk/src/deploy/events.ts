/** What a deployment tells on its way. */
export type DeployEvent =
  /** A line that the builder of an image prints. */
  | { readonly type: "building"; readonly image: string; readonly line: string }
  /** An image is in its registry: it was built now, or was there already. */
  | { readonly type: "image"; readonly image: string; readonly change: "built" | "there" }
  /** The control plane took the app; `unchanged` when it had the very same already. */
  | { readonly type: "submitted"; readonly name: string; readonly change: "created" | "updated" | "unchanged" }
  /** The app's state as the control plane tells it, each time it changes. */
  | { readonly type: "status"; readonly name: string; readonly status: string; readonly message: string }
  /** The app is said to be active but does not answer as it should yet. */
  | { readonly type: "waiting"; readonly name: string; readonly endpoint: string; readonly reason: string }
  /** It failed, and the spec that the app had before was put back. */
  | { readonly type: "rolled_back"; readonly name: string }
  /** It answers. */
  | { readonly type: "serving"; readonly name: string; readonly endpoint: string };

export type OnDeployEvent = (event: DeployEvent) => void;
