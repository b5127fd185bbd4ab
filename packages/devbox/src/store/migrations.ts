import { actionsMigration, childActionsMigration } from "./actions.ts";
import { apiKeyScopesMigration, apiKeysMigration } from "./api-keys.ts";
import { appRevisionsMigration, appsMigration } from "./apps.ts";
import { attemptsMigration } from "./attempts.ts";
import { cacheEntriesMigration } from "./cache-entries.ts";
import type { Migration } from "./database.ts";
import { oauthRecordsMigration } from "./oauth-records.ts";
import { outputCacheMigration } from "./output-cache.ts";
import { projectDescriptionsMigration, projectsMigration } from "./projects.ts";
import { runRemovalsMigration } from "./retention.ts";
import { runLabelsMigration } from "./run-labels.ts";
import { secretsMigration } from "./secrets.ts";
import { settingsMigration } from "./settings.ts";
import { tasksMigration } from "./tasks.ts";
import { triggersMigration } from "./trigger-rows.ts";
import { uploadSecretMigration } from "./upload-secret.ts";

/** The whole schema, in the order it is applied. Only ever append: the position of a step is its version. */
export const MIGRATIONS: readonly Migration[] = [
  apiKeysMigration,
  uploadSecretMigration,
  projectsMigration,
  tasksMigration,
  actionsMigration,
  attemptsMigration,
  outputCacheMigration,
  appsMigration,
  childActionsMigration,
  runLabelsMigration,
  triggersMigration,
  secretsMigration,
  settingsMigration,
  apiKeyScopesMigration,
  oauthRecordsMigration,
  appRevisionsMigration,
  cacheEntriesMigration,
  projectDescriptionsMigration,
  runRemovalsMigration,
];
