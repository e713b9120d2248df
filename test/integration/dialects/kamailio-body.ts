import { at } from "../fold/calls.ts";

export const target = "sip:alice.new@sip.new-provider.example:5080;transport=udp";

// What Kamailio 5.6 sent from an onreply_route, with our own host names.
export const movedBody = {
  id: "e7f031789061f468b068d2892ee7cdb5a25361d57989e8114b85314824103dc7",
  code: 301,
  reason: "Moved Permanently",
  uri: "sip:c301-alice@pbx.example.net",
  aor: "sip:c301-alice@pbx.example.net",
  from: "sip:dialer@crm.example",
  contact: [`"Alice Example" <${target}>;expires=3600`],
  call_id: "1-30091@127.0.0.1",
  cseq: 1,
  branch: 0,
  source: "sip:127.0.0.1:15071;transport=udp",
  ts: "1795354991.323931",
};
const { ts: _, ...sameFields } = movedBody;
export const goneBody = {
  ...sameFields,
  id: "82cbbddb47b3c55d4cbbd08594ee17099f754039894273e0cf927d5f73b2e075",
  code: 410,
  reason: "Gone",
  uri: "sip:c410-bob@pbx.example.net",
  aor: "sip:c410-bob@pbx.example.net",
  contact: [],
  call_id: "1-30093@127.0.0.1",
};
/** A minute of the test clock, as Kamailio writes it. */
export const ts = (minute: number) => (Date.parse(at(minute)) / 1000).toFixed(6);
