import { phaseText, toneOf } from "../phases.ts";

/** A phase or status: never by its colour alone. */
export function Status({ word }: { word: string }) {
  return <span class={`status ${toneOf(word)}`}>{phaseText(word)}</span>;
}
