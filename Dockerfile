# One image for `api`, `worker` and `migrate` (docs/deploy.md). It needs a PostgreSQL (DATABASE_URL).

FROM node:26-bookworm-slim AS build
WORKDIR /sipbook
COPY package.json package-lock.json ./
COPY test/client/package.json test/client/
# The optional packages are the embedded PostgreSQL and a packaged Node. The image needs neither.
RUN npm ci --omit=optional --ignore-scripts --no-audit --no-fund
COPY prisma prisma
RUN npm run generate
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
COPY src src

FROM node:26-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 WORKER_PORT=8080
WORKDIR /sipbook
COPY --from=build /sipbook/node_modules node_modules
COPY package.json LICENSE ./
COPY --from=build /sipbook/prisma prisma
COPY --from=build /sipbook/src src
# The user `node`, as a number, so that Kubernetes can check that it is not root.
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "src/main.ts"]
CMD ["api"]
