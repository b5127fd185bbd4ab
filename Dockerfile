# The ready-made image of webhooks: Node and one bundled program, nothing else. What a webhook serves is in its arguments,
# so one image is right for all of them. From the root of a built checkout:
#   npm run build && docker build --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) -t flyte-webhook .
FROM node:24.21.0-bookworm-slim

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="flyte-webhook" \
      org.opencontainers.image.description="An HTTP door in front of a Flyte 2 control plane" \
      org.opencontainers.image.source="https://github.com/flyte-webhook/flyte-webhook" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21.0-bookworm-slim"

# The program is root's and only to be read; licences of what is bundled lie beside it.
COPY --chmod=0444 LICENSE packages/runtime/dist/webhook.mjs packages/runtime/dist/webhook-*.mjs packages/runtime/dist/webhook.mjs.LEGAL.txt /opt/flyte-webhook/

ENV NODE_ENV=production
WORKDIR /opt/flyte-webhook
# `node` of the base image, by number, so that a cluster can tell that it is not root.
USER 1000:1000
EXPOSE 8080

# For Docker and Compose; Kubernetes and Knative probe the port themselves. A webhook without `/health` answers 404.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/health`).then(({ status }) => process.exit(status < 500 ? 0 : 1), () => process.exit(1))"]

# In exec form, so that the program is process 1 and gets the signal to stop. What declarations start, settings of V8 included.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--no-maglev", "--no-allocation-site-pretenuring", "/opt/flyte-webhook/webhook.mjs"]
