import { type SerializerFactory, SerializerSelector } from "@fastify/fast-json-stringify-compiler";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { FastifySchemaValidationError } from "fastify";
import { isWithin } from "../json/size.ts";
import { isTime } from "../json/time.ts";
import { shapes } from "../wire/shapes.ts";

/** Up to this size all faults of a body are listed; of a larger body only the first one. */
const maxThoroughSize = { depth: 64, values: 10_000 };

const selectSerializer = SerializerSelector();

/** Fastify's own response serializers, each compiled at its first use: compiling all took a third of the start-up time. */
export const buildSerializer: SerializerFactory = (schemas, options) => {
  const compile = selectSerializer(schemas, options);
  return (route) => {
    const write = once(() => compile(route));
    return (answer) => write()(answer);
  };
};

/** Checks one part of a request; returns the errors if it fails. */
interface Check {
  (data: unknown): boolean | { readonly error: FastifySchemaValidationError[] };
}

/**
 * Compiles the schemas of routes. Queries and parameters are coerced from text, bodies are not. Each schema is compiled
 * at its first use, because compiling all of them took most of the start-up time.
 */
export function buildValidatorCompiler(): (route: { schema: unknown; httpPart?: string }) => Check {
  return ({ schema, httpPart }) => {
    if (!isSchema(schema)) throw new TypeError("A route's schema must be an object");
    const compile = () =>
      httpPart === "body"
        ? checkBody(hasty().compile(schema), patient().compile(schema))
        : checkOnce(lenient().compile(schema));
    const check = once(compile);
    return (data) => check()(data);
  };
}

const hasty = once(() => buildAjv({ coerceTypes: false, allErrors: false }));
const patient = once(() => buildAjv({ coerceTypes: false, allErrors: true }));
const lenient = once(() => buildAjv({ coerceTypes: true, allErrors: true, useDefaults: true }));

interface Mode {
  readonly coerceTypes: boolean;
  readonly allErrors: boolean;
  readonly useDefaults?: boolean;
}

function buildAjv(mode: Mode): Ajv2020 {
  const ajv = new Ajv2020({ ...mode, strict: true, formats: { "date-time": isTime, uuid } });
  for (const [name, shape] of Object.entries(shapes)) ajv.addSchema({ ...shape }, name);
  return ajv;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
function isSchema(schema: unknown): schema is Readonly<Record<string, unknown>> {
  return typeof schema === "object" && schema !== null;
}

// A large body can contain millions of faults, and each costs memory, so the check of such a body stops at its first.
function checkBody(first: ValidateFunction, thorough: ValidateFunction): Check {
  return (body) => {
    if (first(body)) return true;
    const all = isWithin(body, maxThoroughSize);
    if (all) thorough(body);
    return { error: (all ? thorough : first).errors ?? [] };
  };
}

function checkOnce(validate: ValidateFunction): Check {
  return (data) => validate(data) || { error: validate.errors ?? [] };
}

/** Makes the value at the first call and keeps it. */
function once<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
