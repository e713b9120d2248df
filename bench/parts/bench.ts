import type { Database } from "../../src/store/client.ts";

/** What every measurement gets. */
export interface Bench {
  /** A real PostgreSQL with the settings of production. */
  readonly db: Database;
  readonly databaseUrl: string;
  /** Contacts in each book. */
  readonly contacts: number;
  /** Contacts in the book that is asked where addresses went. */
  readonly resolveContacts: number;
  /** How long one figure is measured where it has no number of events. */
  readonly seconds: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}
