import { FlyteWebhookError, type FlyteWebhookErrorOptions } from "@flyte-webhook/core";

/** What a failed deployment is judged by, as the control plane told it last. */
export interface DeployEvidence {
  /** The app's conditions, the oldest first: `FAILED` with the platform's words, for instance. */
  readonly conditions: readonly { readonly status: string; readonly message: string }[];
  /** Replicas that ran. */
  readonly replicas: number;
  /** The last lines of its log; empty when the plane has none. */
  readonly log: readonly string[];
}

/** An app that fails, or does not serve in time. Its `code` is `deploy_failed`. */
export class DeployError extends FlyteWebhookError {
  /** Why, in the platform's own word, such as `IMAGE_PULL_ERROR`; undefined where it does not say. */
  readonly substate: string | undefined;
  readonly evidence: DeployEvidence;

  constructor(
    message: string,
    evidence: DeployEvidence,
    options: FlyteWebhookErrorOptions & { substate?: string } = {},
  ) {
    super("deploy_failed", message, options);
    this.substate = options.substate;
    this.evidence = evidence;
  }
}
