import { useState } from "preact/hooks";
import type { AppState } from "../../src/console/live-state.ts";
import { announce } from "../announce.ts";
import { switchApp } from "../app-calls.ts";
import { messageOf } from "../rpc.ts";

/** Stops an app that is to run, and starts one that is not. */
export function AppSwitch({ app }: { app: AppState }) {
  const [busy, setBusy] = useState(false);
  const { name, wanted } = app;
  const toggle = async () => {
    if (busy) return;
    setBusy(true);
    try {
      await switchApp(app, name, !wanted);
      announce(`App ${name} is being ${wanted ? "stopped" : "started"}`);
    } catch (error) {
      announce(messageOf(error), { bad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <button type="button" onClick={toggle} aria-disabled={busy} aria-label={`${wanted ? "Stop" : "Start"} ${name}`}>
      {wanted ? "Stop" : "Start"}
    </button>
  );
}
