// The template of the image: one stage installs and builds everything, the last contains only what runs.
import { existsSync } from "node:fs";
import path from "node:path";
import type { App } from "../app.ts";

/** Files that an install reads, in addition to package.json and the lock file. */
const INSTALL_FILES = [".npmrc", "pnpm-workspace.yaml", ".yarnrc.yml", ".yarn"];
/** Files that may hold a registry's token, wherever `COPY . .` has put them. */
const WITH_TOKENS = [".npmrc", ".yarnrc.yml", "bunfig.toml"];
/** Scripts of package.json that an install runs. They may need the sources. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare"];

/** `Dockerfile`. */
export function dockerfile(app: App): string {
  const { name, nodeMajor, packageManager } = app;
  return `# syntax=docker/dockerfile:1
# docker build -t ${name.toLowerCase()} .

# Installs and builds everything, with compilers for packages that need one.
FROM node:${nodeMajor}-bookworm AS build
WORKDIR /app
${installation(app)}
${built(app)}# Only what runs goes on, and anyone may read it: no token for a registry.
RUN ${packageManager.prune} \\
  && find . -name node_modules -prune -o -type f \\( ${WITH_TOKENS.map((name) => `-name ${name}`).join(" -o ")} \\) -exec rm {} + \\
  && chmod -R a+rX /app

# The image: no compilers, no package manager's cache, no root.
FROM node:${nodeMajor}-bookworm-slim
# tini reaps what hooks and the app leave behind; with curl, bin/${name} ping starts no Node.
RUN apt-get update \\
  && apt-get install -y --no-install-recommends ca-certificates curl tini \\
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app ./
# /tmp can be written under any user, and when the image is run read-only with --tmpfs /tmp.
ENV NODE_ENV=production \\
  REMSH_HEALTH_PORT=9000 \\
  REMSH_RUNTIME_DIR=/tmp/remsh
USER node
# That it lives, not that it is ready: a database that is away is no reason to replace the container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["bin/${name}", "ping"]
ENTRYPOINT ["tini", "--"]
CMD ["bin/server"]
`;
}

/**
 * Installs only the packages first, so that they are installed again only when they change; unless their installation
 * needs more files.
 */
function installation({ root, project, packageManager }: App): string {
  const { install, setUp, cache, lockFile } = packageManager;
  const needsSources = INSTALL_SCRIPTS.some((name) => name in project.scripts) || "workspaces" in project.content;
  const beside = INSTALL_FILES.filter((name) => existsSync(path.join(root, name)));
  const files = ["package.json", lockFile, ...beside.filter((name) => name !== ".yarn")].filter(Boolean).join(" ");
  const yarn = beside.includes(".yarn") ? ["COPY .yarn ./.yarn"] : [];
  const sources = "COPY . .";
  const packages = needsSources ? [sources] : [`COPY ${files} ./`, ...yarn];
  return [
    ...(setUp === undefined ? [] : [`RUN ${setUp}`]),
    ...packages,
    `RUN --mount=type=cache,target=${cache} ${install}`,
    ...(needsSources ? [] : [sources]),
  ].join("\n");
}

function built({ project, packageManager, engine }: App): string {
  const client = engine?.name === "prisma" ? "RUN npx prisma generate\n" : "";
  return "build" in project.scripts ? `${client}RUN ${packageManager.run} build\n` : client;
}

/** `.dockerignore`. */
export function dockerIgnore({ outputFolder, project }: App): string {
  const isBuilt = outputFolder !== undefined && "build" in project.scripts;
  return `# What the image is not made from: what it makes itself, secrets, and what only this machine needs.
**/node_modules
${isBuilt ? `${outputFolder}\n` : ""}.git
**/.env*
!**/.env.example
**/*.log
coverage
.dockerignore
Dockerfile
rel/kubernetes
rel/systemd
`;
}
