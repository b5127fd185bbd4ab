import type { UserInfo } from "@flyte-webhook/client";
import { defineCommand, flag } from "../command.ts";
import type { CommandContext } from "../context.ts";

export const login = defineCommand({
  name: "login",
  summary: "log in to the control plane, and keep the login",
  plane: true,
  json: "print who you are as JSON",
  options: { device: flag("--device", "log in on another device, with a code") },
  async run({ device }, context) {
    const { login: logIn, readConfig } = await import("@flyte-webhook/client");
    show(await logIn(readConfig({ ...context.choice, ...(device && { authType: "DeviceFlow" }) })), context);
  },
});

export const logout = defineCommand({
  name: "logout",
  summary: "forget the login",
  plane: true,
  async run(_, context) {
    const { logout: logOut } = await import("@flyte-webhook/client");
    const config = await context.config();
    await logOut(config);
    context.tell(`the login to ${config.endpoint} is forgotten`);
  },
});

export const whoami = defineCommand({
  name: "whoami",
  summary: "say who you are to the control plane",
  plane: true,
  json: "print it as JSON",
  async run(_, context) {
    show(await (await context.plane()).users.me(), context);
  },
});

function show({ subject, name, email }: UserInfo, { print }: CommandContext): void {
  print({ subject, name, email }, () => [name, email && `<${email}>`, `(${subject})`].filter((part) => part).join(" "));
}
