import type { Dialect } from "../domain/dialect.ts";
import { asterisk } from "./dialects/asterisk.ts";
import { freeswitch } from "./dialects/freeswitch/freeswitch.ts";
import { generic } from "./dialects/generic/generic.ts";
import { hep } from "./dialects/hep.ts";
import { native } from "./dialects/native.ts";
import { bandwidth } from "./dialects/platforms/bandwidth.ts";
import { jambonz } from "./dialects/platforms/jambonz.ts";
import { signalwire } from "./dialects/platforms/signalwire.ts";
import { telnyx } from "./dialects/platforms/telnyx.ts";
import { twilio } from "./dialects/platforms/twilio.ts";
import { kamailio } from "./dialects/proxies/kamailio.ts";
import { opensips } from "./dialects/proxies/opensips.ts";
import type { Translator } from "./dialects/translator.ts";

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
