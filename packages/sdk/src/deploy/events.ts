/** What a deployment tells on its way. */
export type DeployEvent =
  /** The control plane took the app; `unchanged` when it had the very same already. */
  | { readonly type: "submitted"; readonly name: string; readonly change: "created" | "updated" | "unchanged" }
  /** The app's state as the control plane tells it, each time it changes. */
  | { readonly type: "status"; readonly name: string; readonly status: string; readonly message: string }
  /** The app is said to be active but does not answer as it should yet. */
  | { readonly type: "waiting"; readonly name: string; readonly endpoint: string; readonly reason: string }
  /** It answers. */
  | { readonly type: "serving"; readonly name: string; readonly endpoint: string };

export type OnDeployEvent = (event: DeployEvent) => void;
