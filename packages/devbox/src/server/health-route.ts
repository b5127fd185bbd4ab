import { answerText, type PlainRoute } from "./http-server.ts";

/** `GET /healthz` and `GET /readyz`, as on a real plane: the devbox listens only when it is ready. */
export const healthRoute: PlainRoute = {
  handles: ({ method, url }) => (method === "GET" || method === "HEAD") && (url === "/healthz" || url === "/readyz"),
  handle: (_request, response) => answerText(response, 200, "ok"),
};
