import type { Command, CommandGroup } from "../command.ts";
import { apps } from "./apps.ts";
import { call } from "./call.ts";
import { config } from "./config.ts";
import { deploy, serve } from "./deploy.ts";
import { dev } from "./dev.ts";
import { devbox } from "./devbox.ts";
import { doctor } from "./doctor.ts";
import { init } from "./init.ts";
import { plan } from "./plan.ts";
import { runs } from "./runs.ts";
import { login, logout, whoami } from "./session.ts";
import { tasks } from "./tasks.ts";
import { triggers } from "./triggers.ts";

/** Every command, under the heading that the help shows it below. */
export const COMMANDS: readonly (readonly [heading: string, commands: readonly (Command | CommandGroup)[]])[] = [
  ["Start:", [init, dev, devbox]],
  ["Deploy:", [plan, deploy, serve]],
  ["Look and act:", [apps, tasks, runs, triggers, call]],
  ["Set up:", [login, logout, whoami, config, doctor]],
];
