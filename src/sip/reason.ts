import { cut, isOverLimits, maxHeader, splitOutside, trimLws, unfold, unquote } from "./header-list.ts";

/** One value of a Reason header field (RFC 3326; in responses by RFC 6432). */
export interface ReasonValue {
  /** In upper case, because tokens are case-insensitive: `Q.850`, `SIP`. */
  readonly protocol: string;
  /** A Q.850 cause or a SIP status code, by protocol; null if it is missing or not a number. */
  readonly cause: number | null;
  readonly text: string | null;
}

const token = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const causeText = /^[0-9]{1,9}$/;

/**
 * Reads the rows of a Reason header field as one list, in order. A Reason can only prevent a change or explain it, so
 * this is tolerant: it accepts a quoted cause, an unquoted or cut-off text, and repeated parameters (the first counts).
 * It leaves out a value without a protocol, and does not read a field above maxHeader.
 */
export function parseReasonHeader(values: readonly string[]): readonly ReasonValue[] {
  if (isOverLimits(values)) return [];
  const texts = values.flatMap((row) => splitTolerantly(unfold(row), ",", maxHeader.values));
  if (texts.length > maxHeader.values) return [];
  return texts.map(parseValue).filter((value) => value !== null);
}

function parseValue(text: string): ReasonValue | null {
  const [protocol = "", ...params] = splitTolerantly(text, ";", maxHeader.parameters).map(trimLws);
  if (!token.test(protocol) || params.length > maxHeader.parameters) return null;
  const cause = findParam(params, "cause") ?? "";
  return {
    protocol: protocol.toUpperCase(),
    cause: causeText.test(cause) ? Number(cause) : null,
    text: findParam(params, "text"),
  };
}

function findParam(params: readonly string[], name: string): string | null {
  for (const param of params) {
    const [found, value] = cut(param, "=");
    if (value !== null && trimLws(found).toLowerCase() === name) return unquoteTolerantly(trimLws(value));
  }
  return null;
}

function splitTolerantly(text: string, separator: "," | ";", limit: number): readonly string[] {
  const { parts, unclosed } = splitOutside(text, separator, limit);
  return unclosed === null ? parts : [...parts, unclosed];
}

function unquoteTolerantly(value: string): string {
  if (!value.startsWith('"')) return value;
  return unquote(value.length > 1 && value.endsWith('"') ? value : `${value}"`);
}
