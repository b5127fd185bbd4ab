import { create } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { parseQuantity } from "@flyte-webhook/core";
import {
  SettingState,
  type Settings,
  type SettingsKey,
  SettingsSchema,
} from "@flyte-webhook/idl/flyteidl2/settings/settings_definition";
import { SettingsService } from "@flyte-webhook/idl/flyteidl2/settings/settings_service";
import { rpcError } from "../rpc-error.ts";
import type { SettingsLevel, SettingsStore } from "../store/settings.ts";

/** Settings are kept and shown by their level; nothing reads them yet, here as on the open-source plane. */
export function registerSettingsService(router: ConnectRouter, store: SettingsStore): void {
  router.service(SettingsService, {
    getSettings: () => {
      throw rpcError.unimplemented("settings resolution engine not implemented yet");
    },
    getSettingsForEdit: ({ key }) => {
      if (!key) throw rpcError.invalidArgument("key is required");
      checkLevel(key);
      const levels = levelsOf(key).map((level) => {
        // Nothing stored is empty settings of version 0, which tells a client to create them.
        const { settings = create(SettingsSchema), version = 0 } = store.get(level) ?? {};
        return { key: level, settings, version: BigInt(version) };
      });
      return { requestedKey: key, levels };
    },
    createSettings: (request) => {
      const { key, settings } = required(request);
      if (!store.create(key, settings)) throw rpcError.alreadyExists(`settings already exist: ${shown(key)}`);
      return { settingsRecord: { key, settings, version: 1n } };
    },
    updateSettings: (request) => {
      const { key, settings } = required(request);
      if (request.version === 0n) {
        throw rpcError.invalidArgument("a version is required; use CreateSettings for a new record");
      }
      const version = store.update(key, settings, Number(request.version));
      if (version !== undefined) return { settingsRecord: { key, settings, version: BigInt(version) } };
      const present = store.get(key);
      if (!present) throw rpcError.notFound(`settings not found: ${shown(key)}`);
      throw rpcError.failedPrecondition(`version ${request.version} is not the present one, ${present.version}`);
    },
  });
}

function required({ key, settings }: { key?: SettingsKey; settings?: Settings }) {
  if (!key || !settings) throw rpcError.invalidArgument("key and settings are required");
  checkLevel(key);
  checkSettings(settings);
  return { key, settings };
}

function checkLevel({ project, domain }: SettingsLevel): void {
  if (project !== "" && domain === "") throw rpcError.invalidArgument("a project-scope key requires a domain");
}

/** The broadest first. */
function levelsOf({ org, domain, project }: SettingsLevel): SettingsLevel[] {
  const all = { org, domain: "", project: "" };
  return [
    all,
    ...(domain === "" ? [] : [{ ...all, domain }]),
    ...(project === "" ? [] : [{ ...all, domain, project }]),
  ];
}

function checkSettings({ taskResource }: Settings): void {
  for (const bound of ["min", "max"] as const) {
    for (const name of ["cpu", "gpu", "memory", "storage"] as const) {
      const setting = taskResource?.[bound]?.[name];
      if (setting?.state !== SettingState.VALUE || parseQuantity(setting.quantityValue) !== undefined) continue;
      throw rpcError.invalidArgument(
        `invalid task_resource.${bound}.${name} ${JSON.stringify(setting.quantityValue)}: use a quantity such as "512Mi"`,
      );
    }
  }
}

function shown({ org, domain, project }: SettingsLevel): string {
  return [org, domain, project].map((part) => JSON.stringify(part)).join("/");
}
