export { type ApiKey, parseApiKey } from "./api-key.ts";
export type { Auth, AuthPlane } from "./credentials.ts";
export { AUTH_TYPES, type AuthOptions, type AuthType, loginWith } from "./login.ts";
export type { LoginPrompt } from "./login-prompt.ts";
export { ownHeaders } from "./own-headers.ts";
export { login, logout } from "./session.ts";
export type { Token, TokenSource } from "./token-source.ts";
export { memoryTokenStore, type StoredTokens, type TokenStore, userTokenStore } from "./token-store.ts";
