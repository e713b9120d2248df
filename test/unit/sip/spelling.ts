import * as fc from "fast-check";

/** The parts of an address, before it is spelled. */
export interface Address {
  readonly scheme: "sip" | "sips";
  readonly user: string | null;
  readonly host: string;
  readonly port: "default" | number;
  readonly params: readonly (readonly [name: string, value: string | null])[];
}

/** Makes one random choice of a spelling. */
export type Coin = () => boolean;

const NAME = "abyzABYZ09-_.!~*'()&=+$,;?/";
const LABEL = fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,5}[a-z0-9])?$/);
const NUMBER = fc.stringMatching(/^\+[0-9]{1,12}(?:;ext=[0-9]{1,3})?$/);
const IPV6 = fc.ipV6().map((ip) => `[${ip}]`);

export const host: fc.Arbitrary<string> = fc.oneof(
  fc.array(LABEL, { minLength: 1, maxLength: 3 }).map((labels) => labels.join(".")),
  fc.ipV4(),
  IPV6,
);

/** An address of record: no headers, method, maddr or gr; `params` are parameters that may be ignored. */
export const address: fc.Arbitrary<Address> = fc.record({
  scheme: fc.constantFrom("sip", "sips"),
  user: fc.oneof(
    fc.constant(null),
    fc.string({ unit: fc.constantFrom(...NAME.split("")), minLength: 1, maxLength: 12 }),
    NUMBER,
  ),
  host,
  port: fc.oneof(fc.constant("default" as const), fc.integer({ min: 5062, max: 65_535 })),
  params: fc.uniqueArray(
    fc.tuple(
      fc.stringMatching(/^x[a-z]{0,3}$/),
      fc.option(fc.stringMatching(/^[a-z0-9]{1,4}$/), { nil: null }),
    ),
    { maxLength: 3, selector: ([name]) => name },
  ),
});

export const coin: fc.Arbitrary<Coin> = fc
  .infiniteStream(fc.boolean())
  .map((tosses) => () => tosses.next().value === true);

/** A spelling that RFC 3261 19.1.4 calls equal to all others of the same address. */
export function spellStrictly({ scheme, user, host: hostText, port, params }: Address, toss: Coin): string {
  const shown = params.filter(() => toss()).map(([name, value]) => `;${spell(name, value, toss)}`);
  const where = `${withCase(hostText, toss)}${port === "default" ? "" : `:${port}`}`;
  const who = user === null ? "" : `${withEscapes(user, toss)}@`;
  return `${withCase(scheme, toss)}:${who}${where}${(toss() ? shown : shown.toReversed()).join("")}`;
}

/** A spelling that has the same key as all others of the same address (RFC 3261 10.3, RFC 5630 5.2). */
export function spellLoosely(wanted: Address, toss: Coin): string {
  const scheme = toss() ? "sip" : "sips";
  const port =
    wanted.port === "default" ? (toss() ? "" : scheme === "sip" ? ":5060" : ":5061") : `:${wanted.port}`;
  const dot = /^[a-z]/.test(wanted.host) && toss() ? "." : "";
  const user =
    wanted.user === null
      ? ""
      : `${withEscapedReserved(withSeparators(wanted.user, toss), toss)}${toss() ? ":pw" : ""}@`;
  const routing = [";transport=udp", ";lr", ";ob"].filter(() => toss()).join("");
  return `${scheme}:${user}${withCase(wanted.host, toss)}${dot}${port}${routing}`;
}

function spell(name: string, value: string | null, toss: Coin): string {
  const texts = value === null ? [name] : [name, value];
  return texts.map((text) => withEscapes(withCase(text, toss), toss)).join("=");
}

function withCase(text: string, toss: Coin): string {
  return Array.from(text, (character) => (toss() ? character.toUpperCase() : character)).join("");
}

function withEscapes(text: string, toss: Coin): string {
  return text.replace(/[A-Za-z0-9\-_.!~*'()]/g, (character) =>
    toss() ? escapeOf(character, toss) : character,
  );
}

function withEscapedReserved(text: string, toss: Coin): string {
  return Array.from(text, (character) => (toss() ? escapeOf(character, toss) : character)).join("");
}

function withSeparators(user: string, toss: Coin): string {
  const number = /^(\+[0-9]+)(;ext=[0-9]+)?$/.exec(user);
  if (number === null) return user;
  return Array.from(user, (character) =>
    /[0-9]/.test(character) && toss() ? `${character}-` : character,
  ).join("");
}

function escapeOf(character: string, toss: Coin): string {
  const hex = character.charCodeAt(0).toString(16);
  return `%${toss() ? hex.toUpperCase() : hex}`;
}
