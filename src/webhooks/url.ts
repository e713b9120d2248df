import { isIP } from "node:net";

/** The host of a URL as sockets expect it: IPv6 without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replaceAll(/^\[|\]$/g, "");

/** Whether the host is an IP address, which needs no look-up. */
export const isAddress = (url: URL): boolean => isIP(hostOf(url)) !== 0;

/** What is wrong with a URL, or null. `Sender.check` looks up its host. */
export function findUrlFault(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return "must be an http or https URL";
  if (url.username !== "" || url.password !== "") return "must not carry a user or a password";
  if (url.hash !== "") return "must not have a fragment";
  return null;
}
