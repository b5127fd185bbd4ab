import type { ConnectRouter } from "@connectrpc/connect";
import {
  OverallStatus,
  type SecretIdentifier,
  SecretPresenceStatus,
  type SecretSpec,
} from "@flyte-webhook/idl/flyteidl2/secret/definition";
import { SecretService } from "@flyte-webhook/idl/flyteidl2/secret/secret";
import { rpcError } from "../rpc-error.ts";
import type { SecretKey, SecretRow, SecretScope, SecretStore } from "../store/secrets.ts";
import { timestampOf } from "../store/time.ts";
import { checkDomain, checkProjectName } from "./names.ts";

/** The name of a key in a secret of Kubernetes. */
/** As of a key in Kubernetes, which is the name of a file. */
const NAME = /^(?!\.{1,2}$)[-._A-Za-z0-9]{1,253}$/;
/** What a secret of Kubernetes holds at most. */
const MAX_BYTES = 1024 * 1024;
const CLUSTER = "flyte-devbox";

/** Secrets can be written and looked up; no call answers with a value. */
export function registerSecretService(router: ConnectRouter, secrets: SecretStore): void {
  router.service(SecretService, {
    createSecret: ({ id, secretSpec }) => {
      const key = keyOf(id);
      const { type, value } = specOf(secretSpec);
      if (!secrets.create(key, type, value)) throw rpcError.alreadyExists(`secret ${key.name} already exists`);
      return {};
    },
    updateSecret: ({ id, secretSpec }) => {
      const key = keyOf(id);
      const { type, value } = specOf(secretSpec);
      if (!secrets.update(key, type, value)) throw secretNotFound(key);
      return {};
    },
    getSecret: ({ id }) => {
      const key = keyOf(id);
      const row = secrets.get(key);
      if (!row) throw secretNotFound(key);
      return { secret: secretOf(row, id?.organization ?? "") };
    },
    deleteSecret: ({ id }) => {
      const key = keyOf(id);
      if (!secrets.delete(key)) throw secretNotFound(key);
      return {};
    },
    // As on a real plane, no limit is no maximum.
    listSecrets: ({ organization, project, domain, limit, token }) => {
      const scope = scopeOf({ project, domain });
      if (!/^\d{0,15}$/.test(token)) throw rpcError.invalidArgument(`invalid token: ${JSON.stringify(token)}`);
      const offset = Number(token);
      const rows = secrets.list(scope, limit > 0 ? limit + 1 : -1, offset);
      const more = limit > 0 && rows.length > limit;
      return {
        secrets: (more ? rows.slice(0, limit) : rows).map((row) => secretOf(row, organization)),
        token: more ? String(offset + limit) : "",
      };
    },
  });
}

function keyOf(id: SecretIdentifier | undefined): SecretKey {
  if (!id?.name) throw rpcError.invalidArgument("the id of the secret with its name is required");
  if (!NAME.test(id.name)) {
    throw rpcError.invalidArgument(
      `invalid secret name ${JSON.stringify(id.name.slice(0, 100))}: at most 253 letters, digits, "-", "_" and "."`,
    );
  }
  return { ...scopeOf(id), name: id.name };
}

function scopeOf({ project, domain }: SecretScope): SecretScope {
  if (domain !== "") checkDomain(domain);
  if (project !== "") checkProjectName(project);
  if (project !== "" && domain === "") throw rpcError.invalidArgument("a secret of a project needs a domain too");
  return { project, domain };
}

function specOf(spec: SecretSpec | undefined) {
  const { type, value } = spec ?? { type: 0, value: { case: undefined } };
  if (value.case === undefined) throw rpcError.invalidArgument("the secret has neither a string nor a binary value");
  const bytes = value.case === "stringValue" ? Buffer.from(value.value) : value.value;
  if (bytes.length > MAX_BYTES) throw rpcError.invalidArgument(`the secret has more than ${MAX_BYTES} bytes`);
  return { type, value: bytes };
}

function secretOf({ project, domain, name, type, created_at }: SecretRow, organization: string) {
  return {
    id: { organization, project, domain, name },
    secretMetadata: {
      type,
      createdTime: timestampOf(created_at),
      secretStatus: {
        overallStatus: OverallStatus.FULLY_PRESENT,
        clusterStatus: [{ cluster: { name: CLUSTER }, presenceStatus: SecretPresenceStatus.PRESENT }],
      },
    },
  };
}

function secretNotFound({ name }: SecretKey) {
  return rpcError.notFound(`secret ${name} not found`);
}
