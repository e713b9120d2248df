import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { FastifySwaggerUiOptions } from "@fastify/swagger-ui";
import type { TSchemaOptions } from "typebox";
import packageJson from "../../package.json" with { type: "json" };
import { signatureSecurity } from "../wire/calls/signatures.ts";
import { shapes } from "../wire/shapes.ts";
import { shareResponses } from "./shared-responses.ts";
import { webhooks } from "./webhooks.ts";

const tags = {
  contacts: "The address book: contacts and their addresses",
  events: "What the PBXs reported, and the result",
  resolve: "Look up the current address before you dial",
  history: "Every change, with its cause",
  exports: "The book as a file",
  feed: "Changes in order, for systems that follow the book",
  subscriptions: "Webhooks: changes are posted to the URL of your system",
  imports: "Files of contacts: each is checked, applied, listed and undone as a whole",
  sources: "The PBXs and trunks that send events",
  books: "Address books, one for each tenant",
  keys: "API keys and their scopes",
  operations: "The service itself",
};

/** For `addSchema`: every named shape, with its description and example first. */
export const describedShapes = Object.entries<object>(shapes).map(([name, shape]) => {
  const { description, examples }: TSchemaOptions = { ...shape };
  return Object.assign({ $id: name, description, examples }, shape);
});

export const description: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "sipbook",
      version: packageJson.version,
      description: packageJson.description,
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The service that serves this document" }],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    security: [{ bearer: [] }, { basic: [] }],
    webhooks,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A sipbook key" },
        basic: {
          type: "http",
          scheme: "basic",
          description: "A sipbook key as the password, with any user name",
        },
        ...signatureSecurity,
      },
    },
  },
  transformObject: shareResponses,
  convertConstToEnum: false,
  refResolver: {
    clone: true,
    buildLocalReference: (shape, _base, _fragment, index) =>
      typeof shape["$id"] === "string" ? shape["$id"] : `Shape${index}`,
  },
};

/** Swagger UI from our own files: the browser contacts no other host. */
export const docs: FastifySwaggerUiOptions = {
  routePrefix: "/docs",
  uiConfig: { validatorUrl: null, deepLinking: true },
  staticCSP: {
    "default-src": "'self'",
    "img-src": ["'self'", "data:"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
  },
};
