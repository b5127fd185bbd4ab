import { Users } from "@flyte-webhook/client/users";
import type { Route } from "./route.ts";

export const me: Route<"me"> = async ({ connection }, { call }) => {
  const user = await new Users(connection).me(call());
  return {
    body: {
      subject: user.subject,
      name: user.name,
      ...(user.email && { email: user.email }),
      ...(user.preferredUsername && { preferred_username: user.preferredUsername }),
    },
  };
};
