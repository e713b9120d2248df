import type { Dialect } from "../domain/dialect.ts";
import { asterisk } from "./asterisk/asterisk.ts";
import { bandwidth } from "./bandwidth/bandwidth.ts";
import { freeswitch } from "./freeswitch/freeswitch.ts";
import { generic } from "./generic/generic.ts";
import { hep } from "./hep/hep.ts";
import { jambonz } from "./jambonz/jambonz.ts";
import { kamailio } from "./kamailio/kamailio.ts";
import { native } from "./native/native.ts";
import { opensips } from "./opensips/opensips.ts";
import type { Translator } from "./shared/dialect.ts";
import { signalwire } from "./signalwire/signalwire.ts";
import { telnyx } from "./telnyx/telnyx.ts";
import { twilio } from "./twilio/twilio.ts";

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
