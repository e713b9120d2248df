import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/**
 * An address on loopback that no other process uses, for Linux answers on all of 127.0.0.0/8. So tests that run side by
 * side cannot take each other's ports between the search for a free one and its use.
 */
export function findOwnAddress(): string {
  const { pid } = process;
  return [127, 1 + ((pid >> 16) & 127), (pid >> 8) & 255, pid & 255].join(".");
}

/** UDP ports that nothing on this address uses, all different. */
export async function findFreeUdpPorts(address: string, count: number): Promise<readonly number[]> {
  const sockets = Array.from({ length: count }, () => createSocket("udp4"));
  try {
    const ports: number[] = [];
    for (const socket of sockets) {
      socket.bind(0, address);
      await once(socket, "listening");
      ports.push(socket.address().port);
    }
    return ports;
  } finally {
    for (const socket of sockets) socket.close();
  }
}

/** Is something bound to this UDP port? Asks the kernel, so that no stray packet disturbs a scenario. */
export function isUdpPortBound(address: string, port: number): boolean {
  const octets = address.split(".").toReversed();
  const host = octets.map((octet) => toHex(Number(octet), 2)).join("");
  return readFileSync("/proc/net/udp", "latin1").includes(` ${host}:${toHex(port, 4)} `);
}

function toHex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
