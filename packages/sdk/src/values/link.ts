import { defaulted, flag, list, required, shape, text, word } from "../declaration/option.ts";

/** A link that the console shows beside the app. */
export interface LinkOptions {
  /** A path below the app's address when `isRelative`, else a whole URL. */
  readonly path: string;
  readonly title: string;
  /** Default false. */
  readonly isRelative?: boolean | undefined;
}

const LINK = { path: required(word), title: required(text), isRelative: defaulted(flag, false) };

export const readLinks = list(shape(LINK, "a link {path, title}"), "links {path, title}");
