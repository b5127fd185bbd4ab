import type { MessageShape } from "@bufbuild/protobuf";
import { IdentityService, type UserInfoResponseSchema } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import type { CallOptions } from "./caller.ts";
import type { Connection } from "./connection.ts";

export type UserInfo = MessageShape<typeof UserInfoResponseSchema>;

export class Users {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Who the caller is to the control plane. Throws `unauthenticated` when it does not say. */
  me(options?: CallOptions): Promise<UserInfo> {
    return this.#connection.unary(IdentityService.method.userInfo, {}, options);
  }
}
