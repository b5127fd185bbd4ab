/** The place an app is deployed to. */
export interface AppContext {
  /** Absent or empty on an open-source control plane. */
  readonly org?: string | undefined;
  readonly project: string;
  readonly domain: string;
  /** Where people look at runs and apps; a webhook links there. */
  readonly consoleUrl?: string | undefined;
  /** Page of the source that the app is made from, see {@link sourceLink}. */
  readonly sourceUrl?: string | undefined;
}
