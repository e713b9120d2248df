import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { FastifySwaggerUiOptions } from "@fastify/swagger-ui";
import packageJson from "../package.json" with { type: "json" };
import { examples } from "./examples.ts";
import { shapes } from "./schemas.ts";

const tags = {
  contacts: "The address book: contacts and their addresses",
  events: "What the PBXs reported, and what came of it",
  history: "Every change, with its cause",
  feed: "Changes in order, for systems that follow the book",
  sources: "The PBXs and trunks that send events",
  books: "Address books, one for each tenant",
  keys: "Who may call",
  operations: "The service itself",
};

/** For `addSchema`: every named shape under its name, with an example. */
export const describedShapes = Object.entries(shapes).map(([name, shape]) =>
  Object.assign({ $id: name, examples: [examples[name]] }, shape),
);

export const description: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "sipbook",
      version: packageJson.version,
      description: packageJson.description,
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The service that gave you this document" }],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    security: [{ bearer: [] }, { basic: [] }],
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A key of sipbook" },
        basic: { type: "http", scheme: "basic", description: "A key as the password, with any user name" },
      },
    },
  },
  convertConstToEnum: false,
  refResolver: {
    clone: true,
    buildLocalReference: (shape, _base, _fragment, index) =>
      typeof shape["$id"] === "string" ? shape["$id"] : `Shape${index}`,
  },
};

/** Swagger UI from our own files: no other host is asked for anything. */
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
