const standardPorts: Readonly<Record<string, string>> = { "https://": ":443", "http://": ":80" };

/**
 * The URLs that a sender may have signed for a request to `base` (an origin, perhaps with a path): as it is, without a
 * port, and with the standard port. Senders differ in whether they include the port, and the name and password (`login`) of
 * their URL.
 */
export function signedUrls(base: string, path: string, login: string | null = null): readonly string[] {
  const [, scheme = "", authority = "", prefix = ""] = /^(https?:\/\/)([^/?#]+)(.*)$/i.exec(base) ?? [];
  const host = authority.replace(/:\d+$/, "");
  const port = standardPorts[scheme.toLowerCase()] ?? "";
  const authorities = [...new Set([authority, host, authority === host ? host + port : authority])];
  return (login === null ? [""] : ["", `${login}@`]).flatMap((before) =>
    authorities.map((each) => scheme + before + each + prefix + path),
  );
}
