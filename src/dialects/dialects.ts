import { asterisk } from "./asterisk/asterisk.ts";
import { bandwidth } from "./bandwidth/bandwidth.ts";
import { freeswitch } from "./freeswitch/freeswitch.ts";
import { generic } from "./generic/generic.ts";
import { hep } from "./hep/hep.ts";
import { jambonz } from "./jambonz/jambonz.ts";
import { kamailio } from "./kamailio/kamailio.ts";
import { native } from "./native/native.ts";
import { opensips } from "./opensips/opensips.ts";
import type { Dialect } from "./shared/dialect.ts";
import { signalwire } from "./signalwire/signalwire.ts";
import { telnyx } from "./telnyx/telnyx.ts";
import { twilio } from "./twilio/twilio.ts";

/** Every dialect. `default`, the native one, is that of POST /v1/events. */
export const dialects: readonly Dialect[] = [
  native,
  kamailio,
  freeswitch,
  jambonz,
  telnyx,
  twilio,
  signalwire,
  bandwidth,
  generic,
  hep,
  opensips,
  asterisk,
];

export const dialectNames: readonly string[] = dialects.map(({ name }) => name);

export const findDialect = (name: string): Dialect | null =>
  dialects.find((dialect) => dialect.name === name) ?? null;

/** The dialect of a source. A name that this version does not know is read as the native one. */
export const dialectOf = (source: { readonly dialect: string }): Dialect =>
  findDialect(source.dialect) ?? native;

/** In lower case: a request that has one of these headers is signed. */
export const signatureHeaders: readonly string[] = [
  ...new Set(dialects.flatMap(({ signing }) => signing.schemes.map(({ header }) => header))),
];
