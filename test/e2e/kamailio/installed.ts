import { accessSync, constants, globSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

const searched = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
const modulePatterns = [
  "/usr/lib/*/kamailio/modules",
  "/usr/lib/kamailio/modules",
  "/usr/lib64/kamailio/modules",
  "/usr/local/lib*/kamailio/modules",
];

/** What a call through Kamailio needs and this machine lacks, named as Debian packages. Empty: the tests can run. */
export function findMissingPackages(): readonly string[] {
  const missing: string[] = [];
  if (findExecutable("setpriv") === null) missing.push("util-linux");
  if (findExecutable("sipp") === null) missing.push("sip-tester");
  if (findExecutable("kamailio") === null || findModules("tmx.so") === null) missing.push("kamailio");
  if (findModules("jansson.so") === null) missing.push("kamailio-extra-modules");
  if (findModules("http_client.so") === null) missing.push("kamailio-utils-modules");
  return missing;
}

/** The path of a program, or null. Debian's kamailio is in /usr/sbin, which an ordinary user's PATH leaves out. */
export function findExecutable(name: string): string | null {
  for (const folder of searched) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      continue;
    }
  }
  return null;
}

/** The folder of Kamailio's modules that holds this one, or null. */
export function findModules(module: string): string | null {
  const [found] = globSync(modulePatterns.map((pattern) => join(pattern, module)));
  return found === undefined ? null : dirname(found);
}
