import type { Dialect } from "../domain/dialect.ts";
import { freeswitch } from "./dialects/freeswitch.ts";
import { kamailio } from "./dialects/kamailio.ts";
import { native } from "./dialects/native.ts";
import type { Translator } from "./dialects/translator.ts";

/** How each dialect is read and written. */
export const translators: Readonly<Record<Dialect, Translator>> = {
  default: native,
  kamailio,
  freeswitch,
};
