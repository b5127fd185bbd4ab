/** A row of app-specs.json: a declaration as plain data, what Python made of it, and what is asked of ours. */
export interface Declared {
  readonly class: "AppEnvironment" | "FlyteWebhookAppEnvironment";
  readonly options: Readonly<Record<string, unknown>>;
  readonly after?: readonly Readonly<Record<string, unknown>>[];
}

export interface RowContext {
  readonly org?: string | null;
  readonly project?: string | null;
  readonly domain?: string | null;
  /** Remotes of the checkout it runs in: that of `origin`, or by name. */
  readonly git?: string | Readonly<Record<string, string>>;
}

export interface Row {
  readonly id: string;
  readonly group: string;
  readonly declaration: Declared;
  readonly context: RowContext;
  readonly python: {
    readonly binaryBase64?: string;
    readonly routes?: readonly string[];
    readonly openapiInfo?: Readonly<Record<string, string>>;
  };
  readonly ours: { readonly outcome: "accept" | "refuse" | "either"; readonly ignore?: readonly string[] };
}
