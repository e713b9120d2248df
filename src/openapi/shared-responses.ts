import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { commonFailures } from "../http/answers.ts";

/** Moves each common failure to components.responses, because the routes repeat it in every operation. */
export const shareResponses: NonNullable<FastifyDynamicSwaggerOptions["transformObject"]> = (input) => {
  if (!("openapiObject" in input)) return input.swaggerObject;
  const { openapiObject: document } = input;
  const shared: Record<string, unknown> = {};
  for (const operation of Object.values(document.paths ?? {}).flatMap((path) => Object.values(path ?? {}))) {
    const responses: unknown = isObject(operation) ? operation["responses"] : null;
    if (!isObject(responses)) continue;
    for (const [status, response] of Object.entries(responses)) {
      const name = isObject(response) ? nameByDescription.get(response["description"]) : undefined;
      if (name === undefined) continue;
      shared[name] = response;
      responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  return Object.assign(document, { components: { ...document.components, responses: shared } });
};

const nameByDescription = new Map<unknown, string>(
  Object.entries(commonFailures).map(([name, { description }]) => [description, name]),
);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
