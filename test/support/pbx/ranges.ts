import { type IpRange, parseRange } from "../../../src/sip/ip.ts";

/** Ranges as config.ts hands them on. */
export const rangesOf = (...texts: readonly string[]): readonly IpRange[] =>
  texts.map((text) => {
    const range = parseRange(text);
    if (range === null) throw new TypeError(`${text} is not a range`);
    return range;
  });
