import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { hepCall } from "./hep-call.ts";

// Sends calls that end in 410, and as many invalid datagrams. Arguments: port, datagrams a second, seconds. Prints how many
// datagrams were sent.
const [port = 0, rate = 0, seconds = 0] = process.argv.slice(2).map(Number);
const rubbish = Buffer.alloc(500, "rubbish ");
const perTick = rate / 1000;
const socket = createSocket({ type: "udp4", sendBufferSize: 8 * 1024 * 1024 });
socket.bind(0, "127.0.0.1");
await once(socket, "listening");
let sent = 0;
let call = 0;
const send = (datagram: Buffer) =>
  socket.send(datagram, port, "127.0.0.1", (error) => {
    if (error === null) sent += 1;
  });
const started = performance.now();
for (let due = 0; performance.now() - started < seconds * 1000; ) {
  for (const elapsed = performance.now() - started; due < elapsed * perTick; due += 4) {
    call += 1;
    for (const datagram of hepCall(`bench-${call}`)) {
      send(datagram);
      send(rubbish);
    }
  }
  await sleep(0);
}
await sleep(200);
socket.close();
process.stdout.write(`${sent}\n`);
