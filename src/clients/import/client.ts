/** A command that is a client of a running sipbook, as its process has it. */
export interface ClientDeps {
  readonly say: (text: string) => void;
  readonly tell: (text: string) => void;
  /** The key where the command gives none; null: there is none. */
  readonly findKey: () => Promise<string | null>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A mistake in the options; the usage is told with it. */
export class UsageError extends Error {}

/** Why a client cannot begin. */
export const noKey = "A key is needed: --key, SIPBOOK_KEY, or the admin key in DATA_DIR";
