/** A token as it travels: the headers that carry it. Two tokens are the same when they are the same object. */
export interface Token {
  readonly headers: Readonly<Record<string, string>>;
}

/** Where the tokens of calls come from. */
export interface TokenSource {
  /** Whether a person may have to act before there is a token; that time does not count against a call's deadline. */
  readonly interactive: boolean;
  /** The token to send now; undefined when there is none yet: the call then goes without and shows whether it needs one. */
  current(): Promise<Token | undefined>;
  /**
   * Another token, after the control plane refused this one (or a call without one). Undefined when there is no other:
   * the refusal stands. Concurrent calls get the same new token, made once.
   */
  renew(refused: Token | undefined): Promise<Token | undefined>;
}
