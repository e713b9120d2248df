import { PrismaInstrumentation } from "@prisma/instrumentation";

/** From now on each Prisma client tells of its transactions and statements, without their parameters. */
export function instrumentDatabase(): void {
  new PrismaInstrumentation({ enabled: false }).enable();
}
