import { execFile } from "node:child_process";
import { chmod, chown, lchown, readdir, readFile, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { StartError } from "../faults/start-error.ts";

/**
 * The user that PostgreSQL runs as. It refuses to run as root, and to create a database as a user without a name.
 * Then it runs in a user namespace with the id of another user. That needs no chown, and works in a folder that only
 * its owner may enter, since outside the namespace the user is unchanged.
 */
export type Account =
  | { readonly kind: "self" }
  | { readonly kind: "namespace"; readonly uid: number; readonly gid: number }
  | { readonly kind: "user"; readonly uid: number; readonly gid: number };

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Chooses the account for the database in `dataDir/postgres`, which may not exist yet. */
export async function chooseAccount(dataDir: string): Promise<Account> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasName()) return { kind: "self" };
  const owner = await stat(join(dataDir, "postgres")).catch(() => null);
  if (isRoot && owner !== null && owner.uid !== 0) return { kind: "user", uid: owner.uid, gid: owner.gid };
  const user = await findOtherUser();
  if (user !== null && (await allowsNamespace(user))) return { kind: "namespace", ...user };
  if (user !== null && isRoot) return { kind: "user", ...user };
  throw new StartError(
    "PostgreSQL cannot run as root or as a user without a name, and user namespaces are not allowed here: " +
      "run sipbook as an ordinary user, or set DATABASE_URL",
  );
}

/** The command line and spawn options that run a program as the account. */
export function runAs(
  account: Account,
  program: string,
  args: readonly string[],
): { readonly file: string; readonly args: readonly string[]; readonly options: Partial<User> } {
  switch (account.kind) {
    case "self":
      return { file: program, args, options: {} };
    case "namespace":
      return { file: "unshare", args: [...namespaceOptions(account), program, ...args], options: {} };
    case "user":
      return { file: program, args, options: { uid: account.uid, gid: account.gid } };
    default:
      return account satisfies never;
  }
}

/** Makes the account the owner of a folder that root created, with its content, and lets it reach the folder. */
export async function handOver(account: Account, folder: string): Promise<void> {
  if (account.kind !== "user" || (await stat(folder)).uid === account.uid) return;
  const parent = dirname(folder);
  if ((await stat(parent)).uid === 0) {
    await chown(parent, 0, account.gid);
    await chmod(parent, 0o710);
  }
  const inside = await readdir(folder, { recursive: true });
  for (const path of ["", ...inside]) await lchown(join(folder, path), account.uid, account.gid);
}

function namespaceOptions({ uid, gid }: User): readonly string[] {
  return ["--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"];
}

async function allowsNamespace(user: User): Promise<boolean> {
  return promisify(execFile)("unshare", [...namespaceOptions(user), "true"]).then(
    () => true,
    () => false,
  );
}

function hasName(): boolean {
  try {
    return userInfo().username !== "";
  } catch {
    return false;
  }
}

async function findOtherUser(): Promise<User | null> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const users = passwd.split("\n").map((line) => {
    const [name, , uid, gid] = line.split(":");
    return { name, uid: Number(uid), gid: Number(gid) };
  });
  const others = users.filter(({ uid, gid }) => uid > 0 && gid > 0);
  const user =
    others.find(({ name }) => name === "postgres") ??
    others.find(({ name }) => name === "nobody") ??
    others[0];
  return user === undefined ? null : { uid: user.uid, gid: user.gid };
}
