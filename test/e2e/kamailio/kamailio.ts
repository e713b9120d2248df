import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answers, answersOf, writeAnswererRoute, writeScenario } from "./answers.ts";
import { findExecutable, findMissingPackages, findModules } from "./installed.ts";
import { type Companion, lastLines, startCompanion, waitUntilReady } from "./process.ts";
import { readAccounting, readMirror, readSnippet, type Snippet } from "./snippet.ts";
import { findFreeUdpPorts, findOwnAddress, isUdpPortBound } from "./udp.ts";

/** The host part of every address that is dialled. */
export const dialledDomain = "pbx.example.net";

const callsPerSecond = 50;

/** How Kamailio reports: by the snippet of docs/pbx/kamailio.md, or with acc_json, or by a mirror as docs/pbx/hep.md has it. */
export type KamailioOptions =
  | { readonly webhookUrl: string; readonly key: string; readonly accounting?: boolean }
  | { readonly hepPort: number; readonly key: string };

/** A Kamailio that reports, and a SIPp UAS behind it for each answer of answers.ts that is dialled. */
export interface Kamailio {
  /**
   * Dials `sip:<user>@pbx.example.net` for each user with one SIPp, 50 calls a second, and returns when every call has
   * had its final answer and is over. Kamailio has queued the reports by then, but may still be delivering them.
   */
  dial(...users: readonly string[]): Promise<void>;
  /** What Kamailio has logged. */
  log(): string;
  stop(): Promise<void>;
}

/** Where one Kamailio and its SIPps live: files in `folder`, all sockets on `address`. */
interface Lab {
  readonly folder: string;
  readonly address: string;
  readonly companions: Companion[];
  /** The answers whose UAS runs. */
  readonly answering: Set<string>;
}

/** Starts everything on a loopback address of its own: several may run side by side. */
export async function startKamailio(options: KamailioOptions): Promise<Kamailio> {
  const missing = findMissingPackages();
  if (missing.length > 0)
    throw new Error(`Calls through Kamailio need: apt-get install ${missing.join(" ")}`);

  const folder = mkdtempSync(join(tmpdir(), "sipbook-kamailio-"));
  const lab: Lab = { folder, address: findOwnAddress(), companions: [], answering: new Set() };
  const stop = async () => {
    await Promise.all(lab.companions.map((companion) => companion.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    writeConfiguration(lab, options);
    const { proxy, port } = await startProxy(lab);
    return { dial: (...users) => dial(lab, proxy, port, users), log: () => proxy.log(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The ports of the UASs, by the answer's name: nobody else uses this address, and other sockets take higher ports. */
const ports: ReadonlyMap<string, number> = new Map(
  Object.keys(answers).map((name, i) => [name, 5100 + 2 * i]),
);

/** Starts the UAS of each answer that these users give, if it does not run yet. */
async function startAnswerers(lab: Lab, users: readonly string[]): Promise<void> {
  const missing = new Set(users.flatMap(answersOf).filter((name) => !lab.answering.has(name)));
  await Promise.all([...missing].map((name) => startAnswerer(lab, name)));
}

async function startAnswerer(lab: Lab, name: string): Promise<void> {
  lab.answering.add(name);
  const [answer, port] = [answers[name], ports.get(name)];
  if (answer === undefined || port === undefined) throw new Error(`No answer is defined for ${name}`);
  const scenario = join(lab.folder, `${name}.xml`);
  writeFileSync(scenario, writeScenario(answer));
  // Kamailio's two workers may let the re-INVITE overtake the ACK before it. It is dropped then, and retransmitted.
  const patience = ["-default_behaviors", "all,-abortunexp"];
  const args = ["-sf", scenario, "-p", `${port}`, "-cp", `${port + 1}`, ...patience];
  const uas = startSipp(lab, `uas-${name}`, args);
  lab.companions.push(uas);
  await waitUntilReady(uas, () => isUdpPortBound(lab.address, port));
}

function writeConfiguration(lab: Lab, options: KamailioOptions): void {
  const snippet = snippetOf(options);
  const write = (name: string, text: string) => writeFileSync(join(lab.folder, name), text);
  copyFileSync(join(import.meta.dirname, "kamailio.cfg"), join(lab.folder, "kamailio.cfg"));
  write("sipbook-settings.cfg", snippet.settings);
  write("sipbook-modules.cfg", snippet.modules);
  write("sipbook-routes.cfg", snippet.routes);
  write("answerers.cfg", writeAnswererRoute(lab.address, ports));
}

function snippetOf(options: KamailioOptions): Snippet {
  if ("hepPort" in options) return readMirror(options.hepPort, options.key);
  const { webhookUrl, key, accounting = false } = options;
  return accounting ? readAccounting(webhookUrl, key) : readSnippet(webhookUrl, key);
}

async function startProxy({ folder, address, companions }: Lab): Promise<{ proxy: Companion; port: number }> {
  const [port = 0] = await findFreeUdpPorts(address, 1);
  const file = (name: string) => join(folder, name);
  const proxy = startCompanion({
    name: "kamailio",
    command: findExecutable("kamailio") ?? "kamailio",
    args: [
      ["-DD", "-E", "-f", file("kamailio.cfg")],
      ["-L", findModules("tmx.so") ?? "", "-l", `udp:${address}:${port}`],
      ["-P", file("kamailio.pid"), "-Y", folder, "-m", "64", "-M", "8"],
    ].flat(),
    logFile: file("kamailio.log"),
  });
  companions.push(proxy);
  await waitUntilReady(proxy, () => isUdpPortBound(address, port));
  return { proxy, port };
}

async function dial(lab: Lab, proxy: Companion, proxyPort: number, users: readonly string[]): Promise<void> {
  await startAnswerers(lab, users);
  const [port, controlPort] = await findFreeUdpPorts(lab.address, 2);
  const name = `uac-${port}`;
  const list = join(lab.folder, `${name}.csv`);
  writeFileSync(list, ["SEQUENTIAL", ...users, ""].join("\n"));
  const timeoutSeconds = 20 + Math.ceil(users.length / callsPerSecond);
  const args = [
    ["-sf", join(import.meta.dirname, "sipp/uac.xml"), "-p", `${port}`, "-cp", `${controlPort}`],
    ["-inf", list, "-m", `${users.length}`, "-r", `${callsPerSecond}`, "-key", "domain", dialledDomain],
    ["-timeout", `${timeoutSeconds}s`, "-timeout_error", `${lab.address}:${proxyPort}`],
  ];
  const uac = startSipp(lab, name, args.flat());
  if ((await uac.exited) === 0) return;
  throw new Error(
    `Calls to ${users.join(", ")} failed.\nsipp:\n${lastLines(uac)}\nkamailio:\n${lastLines(proxy)}`,
  );
}

function startSipp({ folder, address }: Lab, name: string, args: readonly string[]): Companion {
  return startCompanion({
    name,
    command: findExecutable("sipp") ?? "sipp",
    args: [...args, "-i", address, "-ci", address, "-nostdin"],
    logFile: join(folder, `${name}.log`),
  });
}
