import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import { failures, json } from "../../http/answers.ts";

export const documentRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    "/openapi.json",
    {
      schema: {
        operationId: "getDocument",
        summary: "This description of the API",
        tags: ["operations"],
        security: [],
        response: {
          200: json("An OpenAPI 3.1 document", Type.Record(Type.String(), Type.Unknown())),
          ...failures,
        },
      },
    },
    async () => ({ ...app.swagger() }),
  );
};
