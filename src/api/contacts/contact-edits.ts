import type { FastifyReply } from "fastify";
import { type Static, Type } from "typebox";
import { empty, json, location, problem } from "../../http/answers.ts";
import { bookQuery, type Caller, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { Problem } from "../../http/problem.ts";
import { Id, TextOf } from "../../json/parts.ts";
import type { Database } from "../../store/client.ts";
import {
  archiveContact,
  type CommandResult,
  createContact,
  type EditOptions,
  editContact,
  upsertContact,
} from "../../store/contacts/commands.ts";
import { findContact } from "../../store/contacts/contacts.ts";
import { type Contact, contactToWire } from "../../wire/book/contacts.ts";
import { ref } from "../../wire/shapes.ts";
import { readAddresses } from "./contact-addresses.ts";
import { archived, etag, includeQuery } from "./contacts.ts";
import { etagOf, ifMatchHeader, readVersions } from "./etag.ts";

const written = {
  404: problem("Contact not found in this book"),
  409: problem("The external id is already in use, or a newer assertion exists"),
  410: problem("The contact is archived; `links.history` shows why"),
  412: problem("The version of the contact differs from If-Match"),
};

/** Edits of contacts by people and CRMs. */
export const contactEditRoutes: Routes = async (app, { db }) => {
  app.post(
    "/v1/contacts",
    withKey(db, "write", {
      operationId: "createContact",
      summary: "Add a contact",
      description:
        "If `assertedAt` of an address is in the past, the known events since then are applied to it.",
      tags: ["contacts"],
      body: ref("ContactInput"),
      response: { 201: json("The new contact", ref("Contact"), { ...etag, ...location }), 409: written[409] },
    }),
    async (request, reply) => {
      const caller = callerOf(request);
      const { addresses, ...fields } = request.body;
      const edit = { ...fields, addresses: readAddresses(addresses) };
      return answer(db, caller, reply, await createContact(db, caller.book.id, edit, caller.key.name));
    },
  );

  app.patch(
    "/v1/contacts/:id",
    withKey(db, "write", {
      operationId: "changeContact",
      summary: "Change a contact",
      description:
        "`addresses` replaces the visible list: an omitted address is removed. A URI that an event has since moved or removed " +
        "does not set the address back. To set it back, send a newer `assertedAt`, or edit the address by its `id` with " +
        "`If-Match`.",
      tags: ["contacts"],
      params: Type.Object({ id: Id }),
      headers: ifMatchHeader,
      querystring: Type.Object({ ...includeQuery, ...bookQuery }),
      body: ref("ContactPatch"),
      response: { 200: json("The contact as it is now", ref("Contact"), etag), ...written },
    }),
    async (request, reply) => {
      const caller = callerOf(request);
      const { addresses, ...fields } = request.body;
      const edit = { ...fields, ...(addresses === undefined ? {} : { addresses: readAddresses(addresses) }) };
      const options = optionsOf(caller, request.headers["if-match"], request.query.include === "gone");
      const selector = { id: request.params.id };
      return answer(db, caller, reply, await editContact(db, caller.book.id, selector, { edit, options }));
    },
  );

  app.put(
    "/v1/contacts/by-external-id/:externalId",
    withKey(db, "write", {
      operationId: "putContact",
      summary: "Add or change the contact with this external id",
      description:
        "For a CRM that sends its copy repeatedly: unchanged values do not override what calls have changed since. An " +
        "archived contact is returned too, with `archivedAt`; a new address restores it.",
      tags: ["contacts"],
      params: Type.Object({ externalId: TextOf(256, 1) }),
      headers: ifMatchHeader,
      body: ref("ContactPut"),
      response: {
        200: json("The contact as it is now", ref("Contact"), etag),
        201: json("The new contact", ref("Contact"), { ...etag, ...location }),
        ...written,
      },
    }),
    async (request, reply) => {
      const caller = callerOf(request);
      const { name, addresses } = request.body;
      const { externalId } = request.params;
      const edit = {
        name,
        externalId,
        ...(addresses === undefined ? {} : { addresses: readAddresses(addresses) }),
      };
      const options = optionsOf(caller, request.headers["if-match"], true);
      return answer(db, caller, reply, await upsertContact(db, caller.book.id, edit, options));
    },
  );

  app.delete(
    "/v1/contacts/:id",
    withKey(db, "write", {
      operationId: "archiveContact",
      summary: "Archive a contact",
      description: "The contact and its history are kept. Undo the change to restore the contact.",
      tags: ["contacts"],
      params: Type.Object({ id: Id }),
      headers: ifMatchHeader,
      response: { 204: empty("Archived"), 404: written[404], 410: written[410], 412: written[412] },
    }),
    async (request, reply) => {
      const caller = callerOf(request);
      const options = optionsOf(caller, request.headers["if-match"], false);
      const result = await archiveContact(db, caller.book.id, request.params.id, options);
      if (result.kind !== "done") throw await refusal(db, caller, result);
      return reply.code(204).send(null);
    },
  );
};

function optionsOf({ key }: Caller, ifMatch: string | undefined, archivedToo: boolean): EditOptions {
  return { versions: readVersions(ifMatch), archivedToo, actor: key.name };
}

async function answer(
  db: Database,
  caller: Caller,
  reply: FastifyReply,
  result: CommandResult,
): Promise<Static<typeof Contact>> {
  if (result.kind !== "done") throw await refusal(db, caller, result);
  const contact = await findContact(db, caller.book.id, result.id, { gone: false });
  if (contact === null) throw new Error(`Contact ${result.id} was written but not found`);
  reply.header("etag", etagOf(contact)).code(result.created ? 201 : 200);
  if (result.created) reply.header("location", `/v1/contacts/${result.id}`);
  return contactToWire(contact);
}

async function refusal(
  db: Database,
  { book }: Caller,
  result: Exclude<CommandResult, { kind: "done" }>,
): Promise<Problem> {
  switch (result.kind) {
    case "not-found":
      return new Problem("not-found", "Contact not found in this book");
    case "archived": {
      const contact = await findContact(db, book.id, result.id, { gone: true });
      return archived(contact ?? { id: result.id, archivedAt: null });
    }
    case "version-mismatch":
      return new Problem("version-mismatch", `The contact has version ${result.version}: read it again`);
    case "external-id-taken":
      return new Problem("conflict", "Another contact of the book has this external id");
    case "in-the-future":
      return invalid(result.indexes, "assertedAt", "must not be in the future");
    case "refused":
      return refusedAddresses(result.refused);
  }
}

function refusedAddresses(refused: Extract<CommandResult, { kind: "refused" }>["refused"]): Problem {
  const unknown = refused.filter(({ why }) => why === "unknown-address").map(({ index }) => index);
  if (unknown.length > 0) return invalid(unknown, "id", "must be the id of a visible address of the contact");
  const errors = refused.map(({ index }) => ({
    pointer: `/addresses/${index}/assertedAt`,
    detail: "must be newer than the last assertion of this address",
  }));
  return new Problem("stale-assertion", "A newer assertion exists", { errors });
}

function invalid(indexes: readonly number[], property: string, detail: string): Problem {
  const errors = indexes.map((index) => ({ pointer: `/addresses/${index}/${property}`, detail }));
  return new Problem("invalid-input", "The list of addresses has errors", { errors });
}
