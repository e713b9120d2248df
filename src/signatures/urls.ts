const standardPorts: Readonly<Record<string, string>> = { "https://": ":443", "http://": ":80" };

/**
 * The URLs that a sender may have signed for a call of `base` (an origin, perhaps with a path): as it stands, without a
 * port, and with the standard one. Senders differ in whether they write it; and in whether they sign the name and password
 * (`login`) that stand in theirs.
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
