/** FreeSWITCH's channel variables. */
export type Variables = Readonly<Record<string, string>>;

export const target = "sip:alice.new@sip.new-provider.example:5080;transport=udp";
const contact = `"Alice Example" <${target}>;expires=3600`;

// What FreeSWITCH (master of November 2026) reported about calls that it originated, without irrelevant fields.
const leg: Variables = {
  direction: "outbound",
  is_outbound: "true",
  channel_name: "sofia/lab/alice@127.0.0.2:15171",
  sip_network_ip: "127.0.0.2",
  sip_network_port: "15171",
  start_stamp: "2026-11-22 13:15:02",
  start_uepoch: "1795353302763929",
  answer_epoch: "0",
  answer_uepoch: "0",
  end_epoch: "1795353302",
  end_uepoch: "1795353302903919",
};

/** 301, not followed: outbound_redirect_fatal=true. */
export const moved: Variables = {
  ...leg,
  uuid: "c2c206bb-5539-47ff-b078-9b321158b959",
  sip_destination_url: "sip:alice@127.0.0.2:15171",
  sip_req_uri: "alice@127.0.0.2:15171",
  outbound_redirect_fatal: "true",
  sip_call_id: "9174988f-6119-1240-5194-9671d6f3a722",
  sip_redirect_contact_0: contact,
  sip_redirected_to: contact,
  sip_redirect_contact_user_0: "alice.new",
  sip_redirect_contact_host_0: "sip.new-provider.example",
  sip_redirect_contact_params_0: "transport=udp",
  proto_specific_hangup_cause: "sip:301",
  hangup_cause: "REQUESTED_CHAN_UNAVAIL",
  hangup_cause_q850: "44",
  sip_hangup_disposition: "send_cancel",
  sip_invite_failure_status: "487",
  sip_invite_failure_phrase: "CANCEL",
};

/** 410. */
export const gone: Variables = {
  ...leg,
  uuid: "ba4d8ea9-cf31-424b-9025-966c0fd86b56",
  channel_name: "sofia/lab/bob@127.0.0.2:15176",
  sip_destination_url: "sip:bob@127.0.0.2:15176",
  sip_req_uri: "bob@127.0.0.2:15176",
  sip_call_id: "936f7f90-6119-1240-5194-9671d6f3a722",
  sip_hangup_disposition: "recv_refuse",
  sip_invite_failure_status: "410",
  sip_invite_failure_phrase: "Gone",
  sip_term_status: "410",
  proto_specific_hangup_cause: "sip:410",
  sip_term_cause: "22",
  hangup_cause: "NUMBER_CHANGED",
  hangup_cause_q850: "22",
};

/** A leg that was answered, and ended when the callee hung up. Written by hand. */
export const answered: Variables = {
  ...gone,
  sip_invite_failure_status: "",
  sip_invite_failure_phrase: "",
  sip_term_status: "200",
  proto_specific_hangup_cause: "sip:200",
  sip_hangup_disposition: "recv_bye",
  hangup_cause: "NORMAL_CLEARING",
  answer_epoch: "1795353303",
  answer_uepoch: "1795353303500000",
  end_uepoch: "1795353404903919",
};
/** A 302 that FreeSWITCH followed, as it does by default. The 410 came from the second phone. */
export const followedToGone: Variables = {
  ...gone,
  uuid: "0fc854f5-43b3-42d6-8442-d8bdf3402a49",
  channel_name: "sofia/lab/tmp410@127.0.0.2:15182",
  sip_destination_url: "sip:tmp410@127.0.0.2:15182",
  sip_req_uri: "tmp410@127.0.0.2:15182",
  sip_call_id: "9a1df2a4-6119-1240-5194-9671d6f3a722",
  sip_redirected_to: "sip:bob.gone@127.0.0.2:15176",
};

/** Three Contacts. The last has the highest q, because a missing q counts as 1. */
export const severalContacts = [
  String.raw`"Doe, Alice \"AD\"" <sip:alice@a.example;transport=tcp>;q=0.3`,
  "<sips:alice@b.example>;q=0.9",
  "<sip:alice@c.example>",
];

/** The leg of the caller whose call went to `gone`. Written by hand. */
export const callersLeg: Variables = {
  direction: "inbound",
  uuid: "5c6d7ac0-2f64-4d9e-9b7f-0c1f3b1f2a10",
  sip_req_uri: "b-lab-15176-true-bob@127.0.0.1:16060",
  sip_call_id: "1-20001@127.0.0.1",
  last_bridge_proto_specific_hangup_cause: "sip:410",
  sip_invite_failure_status: "410",
  sip_invite_failure_phrase: "Gone",
  hangup_cause: "NUMBER_CHANGED",
};

/** Encodes as FreeSWITCH does: upper-case digits, and a space is %20. */
export const percent = (text: string) =>
  text.replace(/[^!$'()*,\-./~\w]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join(""),
  );

const encoded = (variables: Variables) =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, percent(value)]));

/** What mod_json_cdr and mod_format_cdr post. They encode the values unless `encode-values` is false. */
export const json = (variables: Variables, { encode = false } = {}) =>
  JSON.stringify({
    "core-uuid": "74aec086-ca45-4260-959d-bea35c241d24",
    switchname: "vm",
    channel_data: { state: "CS_REPORTING", direction: variables["direction"] },
    callStats: {},
    variables: encode ? encoded(variables) : variables,
    callflow: [{ profile_index: "1", caller_profile: { destination_number: "alice" } }],
  });

/** What mod_xml_cdr posts. The values are always encoded. */
export const xml = (variables: Variables) => `<?xml version="1.0"?>
<cdr core-uuid="74aec086-ca45-4260-959d-bea35c241d24" switchname="vm">
  <channel_data>
    <state>CS_REPORTING</state>
    <direction>${variables["direction"]}</direction>
  </channel_data>
  <call-stats></call-stats>
  <variables>
${Object.entries(encoded(variables))
  .map(([name, value]) => `    <${name}>${value}</${name}>`)
  .join("\n")}
  </variables>
  <callflow unique-id="e34002a8-0a0b-42ab-8f18-23422e2bccf1" profile_index="1">
    <caller_profile>
      <caller_id_name>A &amp; B</caller_id_name>
      <uuid>another</uuid>
    </caller_profile>
  </callflow>
</cdr>
`;

/** The same call as an event of the event socket. */
export const socketEvent = (variables: Variables, name = "CHANNEL_HANGUP_COMPLETE") =>
  JSON.stringify({
    "Event-Name": name,
    "Event-Date-Timestamp": "1795353304603916",
    "Unique-ID": variables["uuid"],
    "Call-Direction": variables["direction"],
    ...Object.fromEntries(Object.entries(variables).map(([key, value]) => [`variable_${key}`, value])),
  });

export const base64 = (text: string) => Buffer.from(text).toString("base64");
