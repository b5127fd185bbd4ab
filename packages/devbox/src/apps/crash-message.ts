import { lastLines } from "./app-log.ts";
import type { Exit } from "./app-process.ts";

export interface Crash {
  /** What was to be run, as it stands after images and variables are filled in. */
  readonly program: string | undefined;
  readonly image: string;
  readonly exit: Exit;
  readonly port: number;
  readonly declaredPort: number | undefined;
  /** Whether it took connections before it ended. */
  readonly wasReady: boolean;
  /** Milliseconds it had to start. */
  readonly startMs: number;
  /** Who else listens on the declared port. */
  readonly portHolder: string | undefined;
  readonly logFile: string;
  /** Where this process's part of the log begins. */
  readonly logStart: number;
}

const LINES = 12;

/** Why an app's process is no more, for whoever deployed it: what happened, how to mend it, the last lines it wrote. */
export function crashMessage(crash: Crash): string {
  const { exit, portHolder, declaredPort } = crash;
  if (exit.error) return cannotStart(crash, exit.error);
  const parts = [whatHappened(crash)];
  if (!crash.wasReady && portHolder !== undefined) {
    parts.push(
      `Port ${declaredPort}, which it declares, is in use by ${portHolder}: let it listen on $PORT, or declare another port.`,
    );
  }
  const lines = lastLines(crash.logFile, crash.logStart, LINES);
  parts.push(lines.length === 0 ? "It wrote no log." : `Last lines of its log:\n${lines.join("\n")}`);
  return parts.join(" ");
}

function whatHappened({ exit, wasReady, port, declaredPort, startMs }: Crash): string {
  // The devbox itself ended it: it ran, but listened nowhere.
  if (!wasReady && exit.endedByUs) {
    const declared = declaredPort === undefined ? "" : ` or its declared port ${declaredPort}`;
    return `The app did not listen on PORT=${port}${declared} within ${startMs / 1000} s.`;
  }
  const how = exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
  return `The app's process ${how}${wasReady ? "" : " before it listened on its port"}.`;
}

function cannotStart({ program, image }: Crash, error: NodeJS.ErrnoException): string {
  if (!program) {
    return "The app has no command: the devbox has no container runtime and cannot know an image's entry point. Set `command` or `args`.";
  }
  if (error.code === "ENOENT") {
    return (
      `"${program}" was not found. The devbox runs apps as processes of this machine, not in the image ` +
      `${image || "of the app"}: install "${program}" and put it on the PATH that the devbox is started with.`
    );
  }
  return `"${program}" could not be started: ${error.message}`;
}
