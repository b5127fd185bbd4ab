/** A piece of JSON text, for its colour. */
export interface JsonPiece {
  readonly kind: "key" | "text" | "number" | "word" | "";
  readonly text: string;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** Cuts formatted JSON into its keys, texts, numbers and words, and what is between them. */
export function jsonPieces(text: string): JsonPiece[] {
  const pieces: JsonPiece[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > at) pieces.push({ kind: "", text: text.slice(at, match.index) });
    const [whole, string, colon, number] = match;
    if (string !== undefined) {
      pieces.push({ kind: colon === undefined ? "text" : "key", text: string });
      if (colon !== undefined) pieces.push({ kind: "", text: colon });
    } else pieces.push({ kind: number === undefined ? "word" : "number", text: whole });
    at = match.index + whole.length;
  }
  if (at < text.length) pieces.push({ kind: "", text: text.slice(at) });
  return pieces;
}
