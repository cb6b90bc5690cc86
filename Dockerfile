# syntax=docker/dockerfile:1
# The runtime is the official image's; the Node that package.json pins for bare machines is left out.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY tools ./tools
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY src ./src
RUN node tools/build.mjs

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY tools/stubs ./tools/stubs
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 PARLEY_DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=dependencies /app/tools/stubs ./tools/stubs
COPY --from=build /app/dist ./dist
COPY package.json LICENSE* ./
COPY bin ./bin
COPY config ./config
# Nothing but /data is written: the root file system may be read-only.
RUN mkdir /data && chown 65532:65532 /data
VOLUME /data
USER 65532:65532
EXPOSE 8000 9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["node", "bin/parley.mjs", "check-health"]
STOPSIGNAL SIGTERM
# Without keys the server refuses to listen beyond this container: set PARLEY_API_KEYS.
ENTRYPOINT ["node", "bin/parley.mjs"]
CMD ["serve"]
