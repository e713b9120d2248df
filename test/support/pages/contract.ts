import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { FastifyInstance, InjectOptions } from "fastify";
import type { Static, TSchema } from "typebox";
import { shapes } from "../../../src/wire/shapes.ts";
import { checkAnswer } from "./document.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed if it is JSON, else text. Null if the response has neither a body nor a type. */
  readonly body: unknown;
}

export interface Call {
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Client {
  get(url: string, call?: Call): Promise<Answer>;
  post(url: string, call?: Call): Promise<Answer>;
  put(url: string, call?: Call): Promise<Answer>;
  patch(url: string, call?: Call): Promise<Answer>;
  delete(url: string, call?: Call): Promise<Answer>;
}

/** Calls the API with a key, and checks every response against openapi.yaml: status, content type, headers and body. */
export function openClient(app: FastifyInstance, key: string | null = null): Client {
  const send = (method: Method) => (url: string, call?: Call) => inject(app, method, url, { key, ...call });
  return {
    get: send("GET"),
    post: send("POST"),
    put: send("PUT"),
    patch: send("PATCH"),
    delete: send("DELETE"),
  };
}

/** The body, checked to have a shape such as `shapes.Contact` or `listOf("Contact")`. */
export function bodyAs<S extends TSchema>(schema: S, { body }: Answer): Static<S> {
  const isShape = checkOf(schema);
  if (!isShape(body)) throw new Error(`${shapeAjv.errorsText(isShape.errors)} in ${JSON.stringify(body)}`);
  return body;
}

/** A response 422 with one error, at this place. */
export const faultAt = (pointer: string, detail?: unknown) => ({
  status: 422,
  body: { errors: [detail === undefined ? { pointer } : { pointer, detail }] },
});

/** A response with this problem. */
export const problem = (status: number, type: string, more: object = {}) => ({
  status,
  body: { type: `urn:sipbook:problem:${type}`, ...more },
});

/** Schemas with the same text share one check: compiling it takes longer than most requests. */
function checkOf<S extends TSchema>(schema: S): ValidateFunction<Static<S>> {
  const text = JSON.stringify(schema);
  const check = checks.get(text) ?? shapeAjv.compile(schema);
  checks.set(text, check);
  return check as ValidateFunction<Static<S>>;
}

const checks = new Map<string, ValidateFunction>();
const shapeAjv = addFormats.default(new Ajv2020({ strict: false }));
for (const [name, shape] of Object.entries(shapes)) shapeAjv.addSchema({ ...shape }, name);

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type Method = (typeof methods)[number];

/** The method of an operation in openapi.yaml. */
export function methodOf(name: string): Method {
  const method = methods.find((known) => known === name.toUpperCase());
  if (method === undefined) throw new Error(`No such method: ${name}`);
  return method;
}

async function inject(app: FastifyInstance, method: Method, url: string, call: Call): Promise<Answer> {
  const { key, body, headers = {} } = call;
  const options: InjectOptions = {
    method,
    url,
    headers: {
      ...(key == null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: typeof body === "string" ? body : JSON.stringify(body) }),
  };
  const response = await app.inject(options);
  const answer: Answer = {
    status: response.statusCode,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: readBody(response.payload, response.headers["content-type"] ?? ""),
  };
  checkAnswer(method, url, answer);
  return answer;
}

function readBody(payload: string, type: string): unknown {
  const isJson = type === "" || /[/+]json($|;)/.test(type);
  if (!isJson) return payload;
  return payload === "" ? null : JSON.parse(payload);
}
