/** The place an app is deployed to. */
export interface AppContext {
  /** Absent or empty on an open-source control plane. */
  readonly org?: string | undefined;
  readonly project: string;
  readonly domain: string;
  /** Where people look at runs and apps; a webhook links there. */
  readonly consoleUrl?: string | undefined;
  /** Images by the names that declarations give them with `Image.fromRefName`. */
  readonly imageRefs?: Readonly<Record<string, string>> | undefined;
  /** Page of the source that the app is made from, see {@link sourceLink}. */
  readonly sourceUrl?: string | undefined;
}
