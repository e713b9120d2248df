import type { Dialect } from "../domain/dialect.ts";
import { asterisk } from "./dialects/asterisk.ts";
import { bandwidth } from "./dialects/bandwidth.ts";
import { freeswitch } from "./dialects/freeswitch.ts";
import { generic } from "./dialects/generic.ts";
import { hep } from "./dialects/hep.ts";
import { jambonz } from "./dialects/jambonz.ts";
import { kamailio } from "./dialects/kamailio.ts";
import { native } from "./dialects/native.ts";
import { opensips } from "./dialects/opensips.ts";
import { signalwire } from "./dialects/signalwire.ts";
import { telnyx } from "./dialects/telnyx.ts";
import type { Translator } from "./dialects/translator.ts";
import { twilio } from "./dialects/twilio.ts";

/** How each dialect is read and written. */
export const translators: Readonly<Record<Dialect, Translator>> = {
  default: native,
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
};
