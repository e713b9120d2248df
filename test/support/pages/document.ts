import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import { documentFile } from "../../../src/process/openapi.ts";

interface Media {
  readonly schema: object;
}

interface Response {
  readonly content?: Readonly<Record<string, Media>>;
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>>;
}

/** The parts of openapi.yaml that tests read. */
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Response>> };
}

// A drift test compares the file with the routes, and the linter checks its structure.
export const document: Document = parse(readFileSync(documentFile, "utf8"));

const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema({ ...document, $id: "openapi.yaml" });

/** Throws if openapi.yaml does not describe the response. */
export function checkAnswer(
  method: string,
  url: string,
  { status, headers, body }: { status: number; headers: Readonly<Record<string, string>>; body: unknown },
): void {
  const what = `${method} ${url} answered ${status}`;
  const type = headers["content-type"]?.replace(/;.*/, "") ?? null;
  const path = findPath(method, url);
  if (path === null) {
    if (status !== 404 && status !== 405) throw new Error(`${what} and is not in openapi.yaml`);
    return checkBody("#/components/schemas/Problem", body, what);
  }
  const found = findResponse(path, method, status);
  if (found === null) throw new Error(`${what}, which openapi.yaml does not know`);
  const { content } = found.response;
  if (content === undefined) {
    if (body !== null) throw new Error(`${what} with a body`);
    return;
  }
  if (type === null || !(type in content)) throw new Error(`${what} with the type ${type}`);
  checkBody(`${found.pointer}/content/${escapePointer(type)}/schema`, body, what);
}

function findResponse(
  path: string,
  method: string,
  status: number,
): { readonly response: Response; readonly pointer: string } | null {
  const response = document.paths[path]?.[method.toLowerCase()]?.responses[status];
  if (response === undefined) return null;
  if (!("$ref" in response)) {
    const place = ["paths", path, method.toLowerCase(), "responses", `${status}`];
    return { response, pointer: `#/${place.map(escapePointer).join("/")}` };
  }
  const common = document.components.responses[response.$ref.replace(/^.*\//, "")];
  return common === undefined ? null : { response: common, pointer: response.$ref };
}

function checkBody(pointer: string, body: unknown, what: string): void {
  const validate = ajv.getSchema(`openapi.yaml${pointer}`) ?? ajv.compile({ $ref: `openapi.yaml${pointer}` });
  if (!validate(body))
    throw new Error(`${what}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`);
}

function findPath(method: string, url: string): string | null {
  const path = url.replace(/\?.*$/s, "");
  const fits = (template: string) =>
    new RegExp(`^${template.replaceAll(/[.]/g, "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`).test(path);
  const candidates = Object.entries(document.paths)
    .filter(([template, operations]) => fits(template) && method.toLowerCase() in operations)
    .map(([template]) => template);
  return candidates.find((template) => !template.includes("{")) ?? candidates[0] ?? null;
}

function escapePointer(segment: string): string {
  return encodeURIComponent(segment.replaceAll("~", "~0").replaceAll("/", "~1"));
}
