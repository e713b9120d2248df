import {
  arrayOf,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  parseJson,
  textOf,
} from "../../json/parse.ts";
import { escapePointer } from "../../json/pointer.ts";
import { buildRow, type FoundField } from "../rows/contact-row.ts";
import { externalIdOf } from "../rows/exported.ts";
import { badRow, FileFault, type ImportRow } from "../rows/row.ts";
import { decodeText } from "../text/decode.ts";
import { type JsonItem, maxItemLength, splitItems } from "./items.ts";

/**
 * The contacts of a file of JSContact Cards (RFC 9553): one Card, an array of Cards, one Card per line, or an object
 * with `cards` or `list` (an answer of JMAP, RFC 9610).
 */
export async function* readJscontact(
  chunks: AsyncIterable<Uint8Array>,
  region: string | null,
): AsyncIterable<ImportRow> {
  let count = 0;
  for await (const item of splitItems(decodeText(chunks))) {
    count += 1;
    yield readItem(item, `card ${count} (line ${item.line})`, region);
  }
  if (count === 0) throw new FileFault("The file has no Card.");
}

function readItem({ text, isGuessed }: JsonItem, place: string, region: string | null): ImportRow {
  if (text === null) return badRow(place, "", `has no end, or is longer than ${maxItemLength} characters`);
  if (isGuessed) return badRow(place, "", "is not valid UTF-8");
  const value = parseJson(text);
  if (value === undefined) return badRow(place, "", "is not valid JSON");
  return isObject(value) ? readCard(value, place, region) : badRow(place, "", "is not a JSON object");
}

function readCard(card: JsonObject, place: string, region: string | null): ImportRow {
  const type = card["@type"] ?? "Card";
  if (type !== "Card") return badRow(place, "/@type", "is not Card");
  if (card.kind === "group") return badRow(place, "/kind", "is a group of contacts, and was left out");
  const found = {
    place,
    externalId: externalIdOf(textOf(card.uid)),
    names: namesOf(card),
    addresses: [
      ...membersOf(card, "phones").map(([pointer, phone]) => readPhone(pointer, phone)),
      ...membersOf(card, "onlineServices").flatMap(([pointer, service]) => readService(pointer, service)),
    ],
    warnings: [],
  };
  return buildRow(found, region);
}

/** The objects of a map by id, each with its JSON Pointer. */
function membersOf(card: JsonObject, property: string): readonly (readonly [string, JsonObject])[] {
  return Object.entries(objectOf(card[property])).flatMap(([id, value]) =>
    isObject(value) ? [[`/${property}/${escapePointer(id)}`, value] as const] : [],
  );
}

/** RFC 6901 3. */
function namesOf(card: JsonObject): readonly string[] {
  const { full, components } = objectOf(card.name);
  return [
    textOf(full) ?? "",
    joinComponents(arrayOf(components)),
    ...membersOf(card, "organizations").map(([, { name }]) => textOf(name) ?? ""),
    ...membersOf(card, "nicknames").map(([, { name }]) => textOf(name) ?? ""),
  ];
}

/** Joins the parts of a name in their order (RFC 9553 2.2.1.1). A space replaces their separators. */
function joinComponents(components: readonly Json[]): string {
  const parts = components.map(objectOf).filter(({ kind }) => kind !== "separator");
  return parts.map(({ value }) => textOf(value) ?? "").join(" ");
}

function readPhone(pointer: string, phone: JsonObject): FoundField {
  const field = `${pointer}/number`;
  return { field, text: textOf(phone.number) ?? "", kind: "phone", label: labelOf(phone), assertedAt: null };
}

/** Online services count only if they are SIP addresses. */
function readService(pointer: string, service: JsonObject): readonly FoundField[] {
  const uri = textOf(service.uri);
  const user = textOf(service.user);
  const found = { label: labelOf(service), assertedAt: null };
  if (uri !== null && /^sips?:/i.test(uri)) {
    return [{ ...found, field: `${pointer}/uri`, text: uri, kind: "uri" }];
  }
  if (user === null || textOf(service.service)?.toUpperCase() !== "SIP") return [];
  return [{ ...found, field: `${pointer}/user`, text: user, kind: "sip" }];
}

/** The person's own label, else where and for what the address is used. */
function labelOf({ label, contexts, features }: JsonObject): string | null {
  const own = textOf(label) ?? "";
  if (own !== "") return own;
  const words = [...setOf(contexts), ...setOf(features).filter((feature) => feature !== "voice")];
  return words.length === 0 ? null : words.join(" ");
}

function setOf(value: Json | undefined): readonly string[] {
  return Object.entries(objectOf(value)).flatMap(([name, is]) => (is === true ? [name] : []));
}
