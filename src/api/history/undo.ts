import { Type } from "typebox";
import { json, location, problem } from "../../http/answers.ts";
import { callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { Problem } from "../../http/problem.ts";
import { Id } from "../../json/parts.ts";
import { type UndoResult, undoChange } from "../../store/contacts/undo.ts";
import { findChange } from "../../store/feed/history.ts";
import { changeToWire } from "../../wire/book/changes.ts";
import { ref } from "../../wire/shapes.ts";

/** Undo, one change at a time. */
export const undoRoutes: Routes = async (app, { db }) => {
  app.post(
    "/v1/history/:id/undo",
    withKey(db, "write", {
      operationId: "undoChange",
      summary: "Restore an address to its value before a change",
      description:
        "The undo is a new change. Calls before it no longer count for the address; later calls do. `force` undoes the " +
        "change even if the address has changed since, and the history shows that.",
      tags: ["history"],
      params: Type.Object({ id: Id }),
      body: Type.Optional(Type.Union([Type.Object({ force: Type.Optional(Type.Boolean()) }), Type.Null()])),
      response: {
        201: json("The new change", ref("Change"), location),
        404: problem("Change not found in this book"),
        409: problem("The address has changed since, or the change is already undone"),
      },
    }),
    async (request, reply) => {
      const { book, key } = callerOf(request);
      const options = { force: request.body?.force ?? false, actor: key.name };
      const result = await undoChange(db, book.id, request.params.id, options);
      if (result.kind !== "done") throw refusal(result);
      const change = await findChange(db, book.id, result.changeId);
      if (change === null) throw new Error(`Change ${result.changeId} was written but not found`);
      return reply.code(201).header("location", `/v1/history/${result.changeId}`).send(changeToWire(change));
    },
  );
};

function refusal(result: Exclude<UndoResult, { kind: "done" }>): Problem {
  switch (result.kind) {
    case "not-found":
      return new Problem("not-found", "Change not found in this book");
    case "already-undone":
      return new Problem("already-undone", "The change is already undone", {
        links: { undoneBy: `/v1/history/${result.by}` },
      });
    case "conflict":
      return new Problem("change-conflict", result.why);
  }
}
