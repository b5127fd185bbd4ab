import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { SettingState } from "@flyte-webhook/idl/flyteidl2/settings/settings_definition";
import { SettingsService } from "@flyte-webhook/idl/flyteidl2/settings/settings_service";
import { expect, test } from "vitest";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

const key = { org: "o", domain: "development", project: "p" };
const labels = (value: string) => ({
  labels: { state: SettingState.VALUE, mapValue: { entries: { a: value } } },
});

async function start() {
  const { devbox } = await temporaryDevbox();
  return createClient(SettingsService, createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" }));
}

test("a level is created once and then updated by its version", async () => {
  const settings = await start();
  await settings.createSettings({ key, settings: labels("one") });
  await expect(settings.createSettings({ key, settings: labels("two") })).rejects.toThrow("[already_exists]");
  await expect(settings.updateSettings({ key, settings: {} })).rejects.toThrow("[invalid_argument]");
  const { settingsRecord } = await settings.updateSettings({ key, settings: labels("two"), version: 1n });
  expect(settingsRecord?.version).toBe(2n);
  await expect(settings.updateSettings({ key, settings: {}, version: 1n })).rejects.toThrow("[failed_precondition]");
  const { levels } = await settings.getSettingsForEdit({ key });
  expect(levels.map(({ version }) => version)).toEqual([0n, 0n, 2n]);
  expect(levels[2]?.settings?.labels?.mapValue?.entries).toEqual({ a: "two" });
});

test("a quantity that is none is refused", async () => {
  const settings = await start();
  const cpu = { state: SettingState.VALUE, quantityValue: "lots" };
  const create = settings.createSettings({ key, settings: { taskResource: { min: { cpu } } } });
  await expect(create).rejects.toThrow("[invalid_argument] invalid task_resource.min.cpu");
});
