import { Type } from "typebox";
import { Problem } from "../../http/problem.ts";

export const ifMatchHeader = Type.Object({
  "if-match": Type.Optional(
    Type.String({
      description: "The ETag of the contact when it was read; 412 if the contact has changed since",
      examples: ['"3"'],
    }),
  ),
});

/**
 * The versions that If-Match accepts (RFC 9110 13.1.1); null without the header, or for `*`. A weak tag never matches.
 * Throws version-mismatch if no tag has our format.
 */
export function readVersions(header: string | undefined): readonly number[] | null {
  if (header === undefined || header.trim() === "*") return null;
  const versions = header.split(",").flatMap((tag) => {
    const [, version] = /^\s*"(\d{1,9})"\s*$/.exec(tag) ?? [];
    return version === undefined ? [] : [Number(version)];
  });
  if (versions.length > 0) return versions;
  throw new Problem("version-mismatch", 'If-Match must be the ETag of a contact, such as "3"');
}

/** RFC 9110 8.8.3: the version is the entity tag. */
export const etagOf = ({ version }: { readonly version: number }): string => `"${version}"`;

/** Whether If-None-Match or If-Match contains the tag (RFC 9110 13.1); weak tags compare as strong ones. */
export function matchesTag(header: string, etag: string): boolean {
  return header
    .split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""))
    .some((tag) => tag === "*" || tag === etag);
}
