import { connectionOptions, type LoadedConfig } from "../config/load-config.ts";
import { createConnection } from "../connection.ts";

/**
 * The headers that carry a configuration's own credentials to an app that passes them on: its API key as it stands (a
 * webhook exchanges it), else the token of the login. Empty where there are none; nobody is asked to log in.
 */
export async function ownHeaders(config: LoadedConfig): Promise<Readonly<Record<string, string>>> {
  if (config.apiKey) return { authorization: `Bearer ${config.apiKey}` };
  const { auth, ...options } = connectionOptions(config);
  if (!auth) return {};
  const connection = createConnection(options);
  try {
    const { origin, unary } = connection;
    const { ca, insecureSkipVerify, proxyEnv } = options;
    const token = await auth({ origin, aliases: [], unary, ca, insecureSkipVerify, proxyEnv }).current();
    return token?.headers ?? {};
  } finally {
    await connection.close();
  }
}
