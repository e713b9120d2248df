import { buildRow, type FoundField, guessedEncoding } from "../rows/contact-row.ts";
import { externalIdOf } from "../rows/exported.ts";
import { badRow, FileFault, type ImportRow } from "../rows/row.ts";
import { type FoundCard, splitCards } from "./cards.ts";
import { type CardProperty, readProperty } from "./property.ts";

/** The contacts of a file of vCards: 3.0 (RFC 2426), 4.0 (RFC 6350), and most of 2.1. */
export async function* readVcards(
  chunks: AsyncIterable<Uint8Array>,
  region: string | null,
): AsyncIterable<ImportRow> {
  let count = 0;
  let isGuessed = false;
  for await (const card of splitCards(chunks)) {
    count += 1;
    yield readCard(card, `card ${count} (line ${card.line})`, region, isGuessed);
    isGuessed ||= card.kind === "card" && card.isGuessed;
  }
  if (count === 0) throw new FileFault("The file has no vCard: it has no line BEGIN:VCARD.");
}

function readCard(
  card: FoundCard,
  place: string,
  region: string | null,
  isGuessedBefore: boolean,
): ImportRow {
  if (card.kind === "broken") return badRow(place, "card", card.detail);
  const version =
    card.contentLines.find((line) => /^VERSION:/i.test(line))?.slice("VERSION:".length) ?? "3.0";
  const read = card.contentLines.map((line) => readProperty(line, version.trim()));
  const properties = read.filter((property) => property !== null);
  if (isGroup(properties)) return badRow(place, "KIND", "is a group of contacts, and was left out");
  const unread = card.contentLines.filter((_, index) => read[index] === null).map(nameOf);
  const warnings = [
    ...(card.isGuessed && !isGuessedBefore ? [guessedEncoding] : []),
    ...unread.map((field) => ({ field, detail: "cannot be read" })),
  ];
  const found = {
    place,
    externalId: externalIdOf(valueOf(properties, "uid")),
    names: namesOf(properties),
    addresses: properties.flatMap((property) => readAddress(property, properties)),
    warnings,
    isPartial: unread.some((field) => !/^(FN|N|ORG|NICKNAME|X-ABLABEL)$/.test(field)),
  };
  return buildRow(found, region);
}

const nameOf = (contentLine: string): string =>
  contentLine
    .replace(/[;:].*$/s, "")
    .replace(/^.*\./, "")
    .toUpperCase();

function isGroup(properties: readonly CardProperty[]): boolean {
  const kind = valueOf(properties, "kind") ?? valueOf(properties, "x-addressbookserver-kind");
  return kind?.toLowerCase() === "group";
}

function valueOf(properties: readonly CardProperty[], name: string): string | null {
  return properties.find((property) => property.name === name)?.values[0] ?? null;
}

function namesOf(properties: readonly CardProperty[]): readonly string[] {
  const of = (name: string): readonly string[] => properties.find((each) => each.name === name)?.values ?? [];
  const [family = "", given = "", additional = "", prefix = "", suffix = ""] = of("n");
  return [
    of("fn").join(" "),
    [prefix, given, additional, family, suffix].join(" "),
    of("org").join(" "),
    of("nickname").join(" "),
  ];
}

const sipProperty = /^x-(?:[a-z0-9-]+-)?sip(?:-[a-z0-9-]+)?$/;

/** Instant messaging counts only if it is a SIP address. */
function readAddress(property: CardProperty, all: readonly CardProperty[]): readonly FoundField[] {
  const { name, values, service } = property;
  const text = values.join(";");
  const field = { field: name.toUpperCase(), text, label: labelOf(property, all), assertedAt: null };
  if (name === "tel") return [{ ...field, kind: "phone" }];
  if (sipProperty.test(name)) return [{ ...field, kind: "sip" }];
  if (name !== "impp") return [];
  // Apple writes x-apple: for a service that it does not know.
  if (service?.toUpperCase() === "SIP")
    return [{ ...field, text: text.replace(/^x-apple:/i, ""), kind: "sip" }];
  return /^sips?:/i.test(text) ? [{ ...field, kind: "uri" }] : [];
}

/** Types that do not help to tell addresses apart. */
const ignoredTypes = new Set(["voice", "pref", "internet", "sip", "text", "iphone", "x-voice", "other"]);

/** The label of the property's group (Apple, Google), else its types. */
function labelOf({ group, types }: CardProperty, all: readonly CardProperty[]): string | null {
  const own =
    group === null ? undefined : all.find((each) => each.name === "x-ablabel" && each.group === group);
  const label = own?.values[0]?.replace(/^_\$!<(.*)>!\$_$/, "$1") ?? "";
  if (label !== "") return label;
  const words = types.filter((type) => !ignoredTypes.has(type));
  return words.length === 0 ? null : words.join(" ");
}
