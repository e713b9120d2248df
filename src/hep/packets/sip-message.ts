/** Which transaction a SIP message belongs to. Header values are verbatim, in order. */
interface Common {
  readonly callId: string;
  readonly cseq: number;
  /** Branch and sent-by of each Via, the latest hop first (RFC 3261 8.1.1.7). */
  readonly vias: readonly string[];
  readonly fromUser: string;
}

export interface Invite extends Common {
  readonly kind: "invite";
  readonly requestUri: string;
  /** True if it has a To tag, so that the dialog already exists (RFC 3261 12.2). */
  readonly inDialog: boolean;
}

export interface InviteResponse extends Common {
  readonly kind: "response";
  readonly status: number;
  readonly reason: string;
  readonly contacts: readonly string[];
  readonly reasonHeaders: readonly string[];
  readonly warnings: readonly string[];
  readonly diversion: readonly string[];
  readonly expires: string | null;
  /** True if the empty line after the headers is missing: headers may be missing too. */
  readonly isCut: boolean;
  /** The message without its body. */
  readonly head: string;
}

/** `other`: a message that is not about an INVITE. `bad`: a message that cannot be read. */
export type SipMessage = Invite | InviteResponse | { readonly kind: "other" } | { readonly kind: "bad" };

const other = { kind: "other" } as const;
const bad = { kind: "bad" } as const;

/** Limits that keep the time to read a message linear in its length. */
const [maxHeadBytes, maxRows, maxVias] = [32_768, 512, 70];

/** The headers that are read, and those of them that have a compact form (RFC 3261 7.3.3). */
const plain = [
  "call-id",
  "contact",
  "cseq",
  "diversion",
  "expires",
  "from",
  "reason",
  "to",
  "via",
  "warning",
];
const compact = { v: "via", i: "call-id", f: "from", t: "to", m: "contact" };
const names = new Map([...plain.map((name) => [name, name] as const), ...Object.entries(compact)]);

const [lf, cr, space, tab, colon] = [0x0a, 0x0d, 0x20, 0x09, 0x3a];
const responseStart = Buffer.from("SIP/2.0 ");
const inviteStart = Buffer.from("INVITE ");

/** Reads an INVITE or an answer to one. Reads bytes as Latin-1, which keeps all of them. Never throws. */
export function readSipMessage(mirrored: Buffer): SipMessage {
  const bytes = afterEmptyLines(mirrored);
  const isResponse = begins(bytes, responseStart);
  if (!isResponse && !begins(bytes, inviteStart)) return beginsRequest(bytes) ? other : bad;
  const read = readHead(bytes.subarray(0, maxHeadBytes));
  if (read === null) return bad;
  const { start, rows, headBytes, isCut } = read;
  const all = (name: string) => rows.filter((row) => row.name === name).map(({ value }) => value);
  const first = (name: string) => rows.find((row) => row.name === name)?.value ?? "";
  const [, number = "", method = ""] = /^(\d{1,10})[ \t]+(\S+)$/.exec(first("cseq")) ?? [];
  const vias = all("via").flatMap(splitVia).slice(0, maxVias).map(nameOfVia);
  const callId = first("call-id");
  if (number === "" || vias.length === 0 || callId === "") return bad;
  if (method !== "INVITE") return other;
  const common = { callId, cseq: Number(number), vias, fromUser: userOf(first("from")) };
  if (isResponse) {
    const [, code = "", reason = ""] = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/.exec(start) ?? [];
    if (code === "") return bad;
    return {
      ...common,
      kind: "response",
      status: Number(code),
      reason,
      contacts: all("contact"),
      reasonHeaders: all("reason"),
      warnings: all("warning"),
      diversion: all("diversion"),
      expires: rows.find(({ name }) => name === "expires")?.value ?? null,
      isCut,
      head: bytes.toString("latin1", 0, headBytes),
    };
  }
  const [, requestUri = ""] = /^INVITE (\S+) SIP\/2\.0$/.exec(start) ?? [];
  if (requestUri === "") return bad;
  return { ...common, kind: "invite", requestUri, inDialog: hasTag(first("to")) };
}

/** Empty lines before a message do not belong to it (RFC 3261 7.5). */
function afterEmptyLines(bytes: Buffer): Buffer {
  const at = bytes.findIndex((byte) => byte !== cr && byte !== lf);
  return at <= 0 ? bytes : bytes.subarray(at);
}

/** True if the header itself has a tag; a tag in the URI or in the display name does not count. */
const hasTag = (to: string): boolean => /;[ \t]*tag[ \t]*=/i.test(to.slice(to.lastIndexOf(">") + 1));

function begins(bytes: Buffer, start: Buffer): boolean {
  return bytes.length >= start.length && bytes.compare(start, 0, start.length, 0, start.length) === 0;
}

/** True if it starts with a method and a space. */
function beginsRequest(bytes: Buffer): boolean {
  const end = bytes.subarray(0, 32).indexOf(space);
  return end > 0 && /^[A-Z]+$/.test(bytes.toString("latin1", 0, end));
}

interface HeaderRow {
  readonly name: string;
  value: string;
}

interface Head {
  readonly start: string;
  readonly rows: readonly HeaderRow[];
  readonly headBytes: number;
  readonly isCut: boolean;
}

/** Reads the start line and the headers we need. Joins folded lines (RFC 3261 7.3.1). */
function readHead(bytes: Buffer): Head | null {
  const rows: HeaderRow[] = [];
  let start: string | null = null;
  let row: HeaderRow | null = null;
  for (let at = 0, count = 0; at < bytes.length; count += 1) {
    const found = bytes.indexOf(lf, at);
    const next = found === -1 ? bytes.length : found + 1;
    const end = trimEnd(bytes, at, found === -1 ? bytes.length : found);
    if (count > maxRows) return null;
    if (end === at && start !== null) return { start, rows, headBytes: next, isCut: false };
    if (start === null) {
      start = bytes.toString("latin1", at, end);
    } else if (bytes[at] === space || bytes[at] === tab) {
      if (row !== null) row.value = `${row.value} ${bytes.toString("latin1", at, end).trim()}`.trim();
    } else {
      // The last row may be cut off, so its value may be wrong.
      row = found === -1 ? null : readRow(bytes, at, end);
      if (row !== null) rows.push(row);
    }
    at = next;
  }
  // Some agents cut off the body, and the empty line with it.
  return start === null ? null : { start, rows, headBytes: bytes.length, isCut: true };
}

function readRow(bytes: Buffer, from: number, to: number): HeaderRow | null {
  // The names we need are shorter than this, even with spaces before the colon.
  const at = bytes.subarray(from, Math.min(to, from + 24)).indexOf(colon);
  if (at <= 0) return null;
  const name = names.get(
    bytes
      .toString("latin1", from, from + at)
      .trimEnd()
      .toLowerCase(),
  );
  return name === undefined ? null : { name, value: bytes.toString("latin1", from + at + 1, to).trim() };
}

function trimEnd(bytes: Buffer, from: number, to: number): number {
  return to > from && bytes[to - 1] === cr ? to - 1 : to;
}

/** One row may have several Via values (RFC 3261 7.3.1). A comma in quotes does not separate them. */
function splitVia(row: string): readonly string[] {
  return row.includes(",") ? (row.match(/(?:[^,"]|"[^"]*")+/g) ?? []) : [row];
}

/** Branch and sent-by name a transaction (RFC 3261 17.1.3, 17.2.3). Parameters added on the way do not count. */
function nameOfVia(via: string): string {
  const [, sentBy = ""] = /^\s*SIP\s*\/\s*2\.0\s*\/\s*\w+\s+([^;\s]+)/i.exec(via) ?? [];
  const [, branch = ""] = /;\s*branch\s*=\s*([^;\s,]+)/i.exec(via) ?? [];
  return `${branch} ${sentBy.toLowerCase()}`;
}

function userOf(from: string): string {
  const [, user = ""] = /(?:sips?|tel):([^@>;?]*)/i.exec(from) ?? [];
  return user;
}
