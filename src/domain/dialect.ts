/** The ways in which PBXs speak. `default` is our own, POST /v1/events. Every book has a source named after each. */
export const dialects = [
  "default",
  "kamailio",
  "freeswitch",
  "jambonz",
  "telnyx",
  "twilio",
  "signalwire",
  "bandwidth",
  "generic",
  "hep",
  "opensips",
  "asterisk",
] as const;

export type Dialect = (typeof dialects)[number];

export const isDialect = (name: string): name is Dialect => dialects.some((dialect) => dialect === name);
