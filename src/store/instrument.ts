import { PrismaInstrumentation } from "@prisma/instrumentation";

/**
 * Makes every Prisma client emit spans for its transactions and statements, without their parameters. In a file of its
 * own, so that the instrumentation is loaded only if tracing is on.
 */
export function instrumentDatabase(): void {
  new PrismaInstrumentation({ enabled: false }).enable();
}
