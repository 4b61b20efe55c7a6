// What `prisma migrate deploy` does, for checks outside of this repository: they import it from this path.
export * from "../agent/migrate/prisma-engine.ts";
