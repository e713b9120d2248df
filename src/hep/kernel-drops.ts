import { readFile } from "node:fs/promises";

/**
 * How many datagrams the kernel threw away for sockets on a UDP port, since they were opened: its buffer was full. Of
 * /proc/net/udp and udp6; null where the system has none.
 */
export async function readKernelDrops(port: number): Promise<number | null> {
  const texts = await Promise.all(
    ["/proc/net/udp", "/proc/net/udp6"].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  return sumDrops(texts.join("\n"), port);
}

/** Lines as the kernel writes them: the local address and port in hex come second, the drops last. */
export function sumDrops(text: string, port: number): number | null {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const drops = text.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[1]?.endsWith(`:${wanted}`) === true ? [Number(fields.at(-1))] : [];
  });
  return drops.length === 0 ? null : drops.reduce((sum, count) => sum + count, 0);
}
