import type { Database } from "../../src/store/client.ts";

/** What every measurement needs. */
export interface Bench {
  /** A real PostgreSQL with the settings of production. */
  readonly db: Database;
  readonly databaseUrl: string;
  /** Contacts in each book. */
  readonly contacts: number;
  /** Contacts in the book for /v1/resolve. */
  readonly resolveContacts: number;
  /** Duration of a measurement that has no fixed number of events. */
  readonly seconds: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}
