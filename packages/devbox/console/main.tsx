import { render } from "preact";
import { App } from "./app.tsx";
import { startClock } from "./now.ts";
import { startRouting } from "./route.ts";
import { startTheme } from "./theme.ts";

startTheme();
startClock();
startRouting();
render(<App />, document.getElementById("page") as HTMLElement);
