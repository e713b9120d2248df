import { Type } from "typebox";
import { Problem } from "../../http/problem.ts";

export const ifMatchHeader = Type.Object({
  "if-match": Type.Optional(
    Type.String({
      description: "The contact's ETag as it was read; 412 where it changed since",
      examples: ['"3"'],
    }),
  ),
});

/**
 * The versions that If-Match accepts (RFC 9110 13.1.1); null where there is none, or `*`. A weak tag never matches.
 * Throws version-mismatch where no tag can be one of ours.
 */
export function readVersions(header: string | undefined): readonly number[] | null {
  if (header === undefined || header.trim() === "*") return null;
  const versions = header.split(",").flatMap((tag) => {
    const [, version] = /^\s*"(\d{1,9})"\s*$/.exec(tag) ?? [];
    return version === undefined ? [] : [Number(version)];
  });
  if (versions.length > 0) return versions;
  throw new Problem("version-mismatch", 'If-Match takes the ETag of a contact, such as "3"');
}

/** RFC 9110 8.8.3: the version is the contact's entity tag. */
export const etagOf = ({ version }: { readonly version: number }): string => `"${version}"`;

/** Whether If-None-Match or If-Match names the tag (RFC 9110 13.1); weak tags compare as strong ones. */
export function matchesTag(header: string, etag: string): boolean {
  return header
    .split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""))
    .some((tag) => tag === "*" || tag === etag);
}
