import type { Readable } from "node:stream";
import { type Static, Type } from "typebox";
import { describeFault } from "../../faults/fault.ts";
import { problem } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { Problem } from "../../http/problem.ts";
import { OneOf, Time } from "../../json/parts.ts";
import type { Database } from "../../store/client.ts";
import { exportContacts, exportGone } from "../../store/contacts/export.ts";
import { findExtent } from "../../store/feed/extent.ts";
import { ref } from "../../wire/shapes.ts";
import { chooseFormat, type ExportFormat, exportFormats, mediaTypes } from "./export-format.ts";
import { openStream } from "./export-stream.ts";
import { contactForm, goneForm, writePages } from "./export-text.ts";

/** A reader that receives nothing for this long is disconnected. */
const stalledAfterMs = 60_000;

const Query = Type.Object({
  format: Type.Optional({
    ...OneOf(exportFormats),
    description: "If omitted, the type that Accept prefers; `ndjson` if it has no preference",
  }),
  state: Type.Optional({
    ...OneOf(["active", "gone", "all"]),
    default: "active",
    description:
      "`active`: contacts with their active addresses. `all`: also archived contacts and gone addresses (csv, ndjson). `gone`: one row for each gone address, with the change that removed it (csv, ndjson)",
  }),
  changedSince: Type.Optional({
    ...Time,
    description:
      "Only contacts whose `updatedAt` is this time or later; with `state=gone`, addresses removed since then",
  }),
  ...bookQuery,
});

const streamed = (schema: object) => ({ schema: Type.Unsafe<Readable>(schema) });

const file = {
  description:
    "The file. If an error occurs while it is sent, the connection is cut, so a clean end means a complete file",
  headers: {
    "Content-Disposition": { type: "string", description: "The name of the file" },
    "Sipbook-Sequence": {
      type: "string",
      description:
        "The sequence of the book before the first row was read: `/v1/feed?after=` with this value has all later changes",
    },
  },
  content: {
    "application/x-ndjson": streamed({
      type: "string",
      description: "One Contact per line; with `state=gone`, one GoneAddress per line",
      contentMediaType: "application/json",
      contentSchema: { anyOf: [ref("Contact"), ref("GoneAddress")] },
    }),
    "text/csv": streamed({ type: "string" }),
    "text/vcard": streamed({ type: "string" }),
    "application/jscontact+json": streamed({
      type: "array",
      items: { type: "object", description: "A Card of RFC 9553" },
    }),
  },
};

export const exportRoutes: Routes = async (app, { db }) => {
  app.get(
    "/v1/exports/contacts",
    withKey(db, "read", {
      operationId: "exportContacts",
      summary: "The whole book as one file, streamed: CSV, vCard 4, JSContact or NDJSON",
      description:
        "Ordered by id and read page by page, so changes made during the export may be included or not. With `state=gone` the file lists the addresses that must no longer be called.",
      tags: ["exports"],
      querystring: Query,
      response: { 200: file, 406: problem("Accept contains no media type of an export") },
    }),
    async (request, reply) => {
      const { state = "active", changedSince } = request.query;
      const format = chooseFormat(request.query.format, request.headers);
      const { book } = callerOf(request);
      const since = changedSince === undefined ? null : new Date(changedSince);
      const { last } = await findExtent(db, book.id);
      const pieces = writeExport(db, book.id, { format, state, since });
      const stream = await openStream(pieces, (error) => {
        const { id } = request;
        request.log.error(
          { fault: describeFault(error) },
          `Request ${id} failed in the middle of an export; the connection was cut`,
        );
      });
      reply.raw.setTimeout(stalledAfterMs, () => reply.raw.destroy());
      return reply
        .type(format === "jscontact" ? mediaTypes[format] : `${mediaTypes[format]}; charset=utf-8`)
        .header("content-disposition", `attachment; filename="${nameFile(book.name, state, format)}"`)
        .header("sipbook-sequence", String(last))
        .send(stream);
    },
  );
};

interface Wanted {
  readonly format: ExportFormat;
  readonly state: NonNullable<Static<typeof Query>["state"]>;
  readonly since: Date | null;
}

function writeExport(db: Database, bookId: string, { format, state, since }: Wanted): AsyncGenerator<string> {
  if (state === "active") {
    const filter = { gone: false, archived: false, changedSince: since };
    return writePages(exportContacts(db, bookId, filter), contactForm(format, false));
  }
  if (format !== "csv" && format !== "ndjson") {
    throw new Problem("invalid-input", "Gone addresses can be exported as CSV or NDJSON only", {
      errors: [{ pointer: "/query/state", detail: "must be active, or the format csv or ndjson" }],
    });
  }
  if (state === "gone") return writePages(exportGone(db, bookId, since), goneForm(format));
  const filter = { gone: true, archived: true, changedSince: since };
  return writePages(exportContacts(db, bookId, filter), contactForm(format, true));
}

function nameFile(book: string, state: Wanted["state"], format: ExportFormat): string {
  const day = new Date().toISOString().slice(0, 10);
  const what = state === "gone" ? "gone" : state === "all" ? "all" : "contacts";
  const extension = format === "vcard" ? "vcf" : format === "jscontact" ? "json" : format;
  return `sipbook-${book}-${what}-${day}.${extension}`;
}
