/** A chunk of HEPv3: vendor, type and value. */
export type Chunk = readonly [vendor: number, type: number, value: Buffer];

export interface Mirrored {
  readonly sender: string;
  readonly receiver: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly key?: string;
  readonly payload: string | Buffer;
}

const number = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};

const ip = (address: string): Buffer => Buffer.from(address.split(".").map(Number));

/** The chunks of a mirrored message, in the order in which Kamailio writes them. */
export function chunksOf({ sender, receiver, at, key, payload }: Mirrored): readonly Chunk[] {
  const [from = "", fromPort = ""] = sender.split(":");
  const [to = "", toPort = ""] = receiver.split(":");
  return [
    [0, 1, number(2, 1)],
    [0, 2, number(17, 1)],
    [0, 3, ip(from)],
    [0, 4, ip(to)],
    [0, 7, number(Number(fromPort), 2)],
    [0, 8, number(Number(toPort), 2)],
    [0, 9, number(Math.floor(at / 1000), 4)],
    [0, 10, number(Math.round((at % 1000) * 1000), 4)],
    [0, 11, number(1, 1)],
    [0, 12, number(4242, 4)],
    ...(key === undefined ? [] : [[0, 14, Buffer.from(key)] as const]),
    [0, 15, Buffer.isBuffer(payload) ? payload : Buffer.from(payload, "latin1")],
  ];
}

export function packetOf(chunks: readonly Chunk[]): Buffer {
  const written = chunks.map(([vendor, type, value]) =>
    Buffer.concat([number(vendor, 2), number(type, 2), number(value.length + 6, 2), value]),
  );
  const body = Buffer.concat(written);
  return Buffer.concat([Buffer.from("HEP3"), number(body.length + 6, 2), body]);
}

export const mirror = (mirrored: Mirrored): Buffer => packetOf(chunksOf(mirrored));

/** One hop of a call. */
export interface Element {
  readonly place: string;
  readonly branch: string;
}

export interface Leg {
  readonly callId: string;
  readonly cseq?: number;
  readonly caller?: string;
  readonly requestUri: string;
  /** The hosts that forwarded it, the latest first, because each puts its Via on top. */
  readonly way: readonly Element[];
  readonly to: string;
}

const viaOf = ({ place, branch }: Element): string => `Via: SIP/2.0/UDP ${place};branch=z9hG4bK${branch}`;

const headOf = ({ callId, cseq = 1, caller = "dialer", requestUri, way }: Leg, toTag: string): string[] => [
  ...way.map(viaOf),
  `From: "Dialer" <sip:${caller}@crm.example>;tag=uac`,
  `To: <${requestUri}>${toTag}`,
  `Call-ID: ${callId}`,
  `CSeq: ${cseq} INVITE`,
];

const text = (lines: readonly string[]): string => `${lines.join("\r\n")}\r\n\r\n`;

/** An INVITE as sent over one hop. */
export function inviteOver(leg: Leg, at: number, toTag = ""): Mirrored {
  const payload = text([`INVITE ${leg.requestUri} SIP/2.0`, ...headOf(leg, toTag), "Max-Forwards: 70"]);
  return { sender: leg.way[0]?.place ?? "", receiver: leg.to, at, payload };
}

/** The response to it, on its way back. */
export function answerOver(leg: Leg, at: number, status: string, rows: readonly string[] = []): Mirrored {
  const payload = text([`SIP/2.0 ${status}`, ...headOf(leg, ";tag=uas"), ...rows, "Content-Length: 0"]);
  return { sender: leg.to, receiver: leg.way[0]?.place ?? "", at, payload };
}
