import {
  connectionOptions,
  createControlPlane,
  type LoadedConfig,
  login as logIn,
  logout as logOut,
  readConfig,
  type UserInfo,
} from "@flyte-webhook/client";
import { printJson, tell } from "./output.ts";

export interface SessionOptions {
  readonly config?: string;
  readonly endpoint?: string;
  readonly device?: boolean;
  readonly json?: boolean;
}

export async function login(options: SessionOptions): Promise<void> {
  show(await logIn(configOf(options)), options);
}

export async function logout(options: SessionOptions): Promise<void> {
  const config = configOf(options);
  await logOut(config);
  tell(`the login to ${config.endpoint} is forgotten`);
}

export async function whoami(options: SessionOptions): Promise<void> {
  const plane = createControlPlane(connectionOptions(configOf(options)));
  try {
    show(await plane.users.me(), options);
  } finally {
    await plane.close();
  }
}

function configOf({ config, endpoint, device }: SessionOptions): LoadedConfig {
  return readConfig({
    ...(config !== undefined && { config }),
    ...(endpoint !== undefined && { endpoint }),
    ...(device && { authType: "DeviceFlow" as const }),
  });
}

function show({ subject, name, email }: UserInfo, { json }: SessionOptions): void {
  if (json) printJson({ subject, name, email });
  else process.stdout.write(`${[name, email && `<${email}>`, `(${subject})`].filter((part) => part).join(" ")}\n`);
}
