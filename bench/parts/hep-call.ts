const number = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};

const chunk = (type: number, value: Buffer): Buffer =>
  Buffer.concat([number(0, 2), number(type, 2), number(value.length + 6, 2), value]);

function datagram(from: number, to: number, payload: string): Buffer {
  const address = Buffer.from([127, 0, 0, 1]);
  const at = Date.now();
  const body = Buffer.concat([
    chunk(3, address),
    chunk(4, address),
    chunk(7, number(from, 2)),
    chunk(8, number(to, 2)),
    chunk(9, number(Math.floor(at / 1000), 4)),
    chunk(10, number((at % 1000) * 1000, 4)),
    chunk(11, number(1, 1)),
    chunk(15, Buffer.from(payload)),
  ]);
  return Buffer.concat([Buffer.from("HEP3"), number(body.length + 6, 2), body]);
}

/** The INVITE of a call and its 410, as a PBX mirrors them. */
export function hepCall(callId: string): readonly Buffer[] {
  const head = [
    `Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${callId}`,
    `From: <sip:${callId}@crm.example>;tag=1`,
    "To: <sip:nobody@bench.example>",
    `Call-ID: ${callId}`,
    "CSeq: 1 INVITE",
    "Max-Forwards: 70",
  ].join("\r\n");
  return [
    datagram(
      5060,
      5070,
      `INVITE sip:nobody@bench.example SIP/2.0\r\n${head}\r\nContact: <sip:me@127.0.0.1>\r\n\r\n`,
    ),
    datagram(5070, 5060, `SIP/2.0 410 Gone\r\n${head}\r\nServer: bench\r\nContent-Length: 0\r\n\r\n`),
  ];
}
