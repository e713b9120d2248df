import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { type Format, formats } from "../../formats/read-rows.ts";
import { FileFault } from "../../formats/rows/row.ts";
import { json, location, problem, retryAfter } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { Problem } from "../../http/problem.ts";
import { buildValidatorCompiler } from "../../http/validation.ts";
import { OneOf, TextOf } from "../../json/parts.ts";
import { type Queue, ring } from "../../queue/queue.ts";
import { createImport, findImport, type ImportRecord } from "../../store/imports/imports.ts";
import { failReceiving, uploadInterrupted } from "../../store/imports/staging.ts";
import { importToWire } from "../../wire/book/imports.ts";
import { ref } from "../../wire/shapes.ts";
import { readMapping, readRegion } from "./import-settings.ts";
import { receiveFile, UploadTooLarge } from "./import-upload.ts";

const types: Readonly<Record<string, Format | null>> = {
  "text/csv": "csv",
  "text/vcard": "vcard",
  "application/jscontact+json": "jscontact",
  "application/x-ndjson": "ndjson",
  "application/octet-stream": null,
};

/** Most concurrent uploads of a process: each uses a connection, and memory for a few hundred rows. */
const maxUploads = 8;

const compile = buildValidatorCompiler();
const file = { schema: Type.String({ description: "The file", format: "binary" }) };

/** POST /v1/imports: the body is a file of contacts, read while it arrives. */
export const importIntake: Routes<{ readonly queue: Queue }> = async (app, { db, queue }) => {
  let uploads = 0;
  app.removeAllContentTypeParsers();
  // The body stays a stream: `receiveFile` reads and limits it.
  app.addContentTypeParser(Object.keys(types), (_request, payload, done) => done(null, payload));
  app.post(
    "/v1/imports",
    {
      ...withKey(db, "write", {
        operationId: "createImport",
        summary: "Import a file of contacts",
        description:
          "The body is the file. 202 means that the whole file is stored; it is checked and applied in the background, and " +
          "`Location` shows the progress. Nothing is applied if the upload breaks off, or if the file would remove more than " +
          "the policy of the book allows.",
        tags: ["imports"],
        headers: Type.Object({ "idempotency-key": Type.Optional(TextOf(200, 1)) }),
        querystring: Type.Object({
          format: Type.Optional({
            ...OneOf(formats),
            description: "The format of the file; required if Content-Type is application/octet-stream",
          }),
          validateOnly: Type.Optional(
            Type.Boolean({
              default: false,
              description: "Dry run: check the file and report what it would do",
            }),
          ),
          region: Type.Optional(
            Type.String({
              pattern: "^[A-Za-z]{2}$",
              description: "ISO 3166 country for phone numbers without a country code",
              examples: ["DE"],
            }),
          ),
          mapping: Type.Optional(
            Type.String({
              maxLength: 10_000,
              description:
                "CSV: the columns to read, as JSON; if omitted, columns are recognised by their names",
              examples: [
                '{"externalId":"Id","name":"Full name","addresses":[{"column":"Phone","label":"work"}]}',
              ],
            }),
          ),
          delimiter: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 1,
              description: "CSV: the column separator",
              examples: [";"],
            }),
          ),
          addresses: Type.Optional({
            ...OneOf(["replace", "merge"]),
            default: "replace",
            description:
              "`replace`: addresses missing from a contact's row are removed; needs an external id",
          }),
          missing: Type.Optional({
            ...OneOf(["keep", "archive"]),
            default: "keep",
            description:
              "`archive`: the file is the whole book, so contacts whose external id is not in the file are archived",
          }),
          allowRemovals: Type.Optional(
            Type.Boolean({ default: false, description: "Do not stop, no matter how much the file removes" }),
          ),
          ...bookQuery,
        }),
        body: { content: Object.fromEntries(Object.keys(types).map((type) => [type, file])) },
        response: {
          202: json("The whole file is stored and waits to be checked and applied", ref("Import"), location),
          408: problem("The file took too long to arrive"),
          413: problem("The file is larger than 1 GiB or 1,000,000 rows"),
          415: problem("Unsupported file type"),
          429: problem("Too many concurrent uploads: retry after Retry-After", retryAfter),
        },
      }),
      config: { takesLong: true },
      validatorCompiler: (route) => (route.httpPart === "body" ? () => true : compile(route)),
    },
    async (request, reply) => {
      const { book, key } = callerOf(request);
      const query = request.query;
      const format = query.format ?? formatOf(request);
      const settings = {
        region: readRegion(query.region),
        mapping: readMapping(query.mapping),
        delimiter: query.delimiter ?? null,
      };
      if (uploads >= maxUploads) {
        const headers = { "retry-after": "10" };
        throw new Problem("too-many-uploads", "Too many concurrent uploads: retry later", { headers });
      }
      uploads += 1;
      try {
        const { row, isNew } = await createImport(db, book.id, {
          format,
          actor: key.name,
          idempotencyKey: request.headers["idempotency-key"] ?? null,
          validateOnly: query.validateOnly ?? false,
          removesAddresses: query.addresses !== "merge",
          archivesMissing: query.missing === "archive",
          allowsRemovals: query.allowRemovals ?? false,
        });
        if (isNew) await receive(row, request, { format, settings });
        const kept = await findImport(db, book.id, row.id);
        return reply
          .code(202)
          .header("location", `/v1/imports/${row.id}`)
          .send(importToWire(kept ?? row));
      } finally {
        uploads -= 1;
      }
    },
  );

  async function receive(
    { id }: ImportRecord,
    request: FastifyRequest,
    { format, settings }: Omit<Parameters<typeof receiveFile>[2], "body">,
  ): Promise<void> {
    try {
      await receiveFile(db, id, { body: request.raw, format, settings });
    } catch (error) {
      // If the database is unreachable, a worker finds the import when its heartbeat has stopped.
      await failReceiving(db, id, whyFailed(error)).catch(() => {});
      throw problemOfFile(error);
    }
    ring(queue, [id], request.log);
  }
};

function formatOf(request: FastifyRequest): Format {
  const type = request.headers["content-type"]?.replace(/;.*/s, "").trim().toLowerCase() ?? "";
  const format = types[type] ?? null;
  if (format !== null) return format;
  throw new Problem("invalid-input", "Unknown file format", {
    errors: [{ pointer: "/query/format", detail: `is required with ${type}: one of ${formats.join(", ")}` }],
  });
}

function whyFailed(error: unknown): string {
  if (error instanceof FileFault || error instanceof UploadTooLarge) return error.message;
  return uploadInterrupted;
}

function problemOfFile(error: unknown): unknown {
  if (error instanceof FileFault) return new Problem("file-unreadable", error.message);
  return error instanceof UploadTooLarge ? new Problem("too-large", error.message) : error;
}
