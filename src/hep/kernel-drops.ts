import { readFile } from "node:fs/promises";

/**
 * The datagrams that the kernel dropped because the buffer of a UDP port was full, since the port was opened. Read from
 * /proc/net/udp and udp6; null if the system has neither.
 */
export async function readKernelDrops(port: number): Promise<number | null> {
  const texts = await Promise.all(
    ["/proc/net/udp", "/proc/net/udp6"].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  return sumDrops(texts.join("\n"), port);
}

/** In each line, the second field is the local address and port in hex, the last is the number of drops. */
export function sumDrops(text: string, port: number): number | null {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const drops = text.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[1]?.endsWith(`:${wanted}`) === true ? [Number(fields.at(-1))] : [];
  });
  return drops.length === 0 ? null : drops.reduce((sum, count) => sum + count, 0);
}
