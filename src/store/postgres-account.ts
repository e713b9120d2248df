import { execFile } from "node:child_process";
import { chmod, chown, lchown, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { StartError } from "../start-error.ts";

/**
 * As whom PostgreSQL runs. It refuses root, so as root it gets a user namespace in which root is called 1000:
 * no system user, no chown, and it works in a folder that only its owner may enter.
 */
export type Account =
  | { readonly kind: "self" }
  | { readonly kind: "namespace" }
  | { readonly kind: "user"; readonly uid: number; readonly gid: number };

const mapRoot = ["--user", "--map-user=1000", "--map-group=1000"] as const;

/** Chooses the account for the database in `dataDir/postgres`, which may not exist yet. */
export async function chooseAccount(dataDir: string): Promise<Account> {
  if (process.getuid?.() !== 0) return { kind: "self" };
  const owner = await stat(join(dataDir, "postgres")).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { kind: "user", uid: owner.uid, gid: owner.gid };
  if (await allowsNamespaces()) return { kind: "namespace" };
  const user = await findSystemUser();
  if (user === null) {
    throw new StartError(
      "PostgreSQL refuses to run as root, and user namespaces are not allowed here: " +
        "run sipbook as an ordinary user, or set DATABASE_URL",
    );
  }
  return { kind: "user", ...user };
}

/** The command line and spawn options that run a program as the account. */
export function runAs(
  account: Account,
  program: string,
  args: readonly string[],
): {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: { uid?: number; gid?: number };
} {
  if (account.kind === "namespace")
    return { file: "unshare", args: [...mapRoot, "--", program, ...args], options: {} };
  const options = account.kind === "user" ? { uid: account.uid, gid: account.gid } : {};
  return { file: program, args, options };
}

/** Gives a folder of ours, with all that is in it, to the account, and lets the account reach it. */
export async function handOver(account: Account, folder: string): Promise<void> {
  if (account.kind !== "user") return;
  const parent = dirname(folder);
  await chown(parent, 0, account.gid);
  await chmod(parent, 0o710);
  const inside = await readdir(folder, { recursive: true });
  for (const path of ["", ...inside]) await lchown(join(folder, path), account.uid, account.gid);
}

async function allowsNamespaces(): Promise<boolean> {
  return promisify(execFile)("unshare", [...mapRoot, "--", "true"]).then(
    () => true,
    () => false,
  );
}

async function findSystemUser(): Promise<{ uid: number; gid: number } | null> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const accounts = passwd.split("\n").map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const account = accounts.find((fields) => fields[0] === name);
    const uid = Number(account?.[2]);
    const gid = Number(account?.[3]);
    if (uid > 0 && gid >= 0) return { uid, gid };
  }
  return null;
}
