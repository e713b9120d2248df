// Reports of a 410, field by field as the platforms send them. The tests of signatures need every byte.

export const telnyxPayload = {
  call_control_id: "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg",
  connection_id: "7267000000000000000",
  call_leg_id: "428c31b6-7af4-4bcb-b7f5-5013ef9657c1",
  call_session_id: "428c31b6-abf3-3bc1-b7f4-5013ef9657c1",
  client_state: "aGF2ZSBhIG5pY2UgZGF5ID1d",
  from: "+35319605860",
  to: "sip:alice@pbx.example.net",
  start_time: "2026-11-22T13:01:31.521992Z",
  state: "hangup",
  hangup_cause: "unspecified",
  hangup_source: "callee",
  sip_hangup_cause: "410",
};

export const telnyxData = {
  record_type: "event",
  event_type: "call.hangup",
  id: "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0",
  occurred_at: "2026-11-22T13:01:32.521992Z",
};

export const jambonzHook = {
  call_sid: "64883657-03c3-4987-87a1-316b4b25ca4b",
  direction: "outbound",
  from: "+441179830003",
  to: "sip:alice@pbx.example.net",
  call_id: "3e932dba-47be-123a-efa6-02af80f5881b",
  sip_status: 410,
  sip_reason: "Gone",
  call_status: "failed",
  account_sid: "9351f46a-678c-43f5-b8a6-d4eb58d131af",
  trace_id: "0af7651916cd43dd8448eb211c80319c",
  application_sid: "0e0681b0-d49f-4fb8-b973-b5a3c6758de1",
  fs_sip_address: "10.0.0.5:5060",
};

export const twilioForm =
  "Called=sip%3Aalice%40pbx.example.net&Caller=%2B15551230000&From=%2B15551230000&To=sip%3Aalice%40pbx.example.net" +
  "&CallSid=CA00000000000000000000000000000001&AccountSid=AC00000000000000000000000000000001&ApiVersion=2010-04-01" +
  "&Direction=outbound-api&CallStatus=failed&CallbackSource=call-progress-events&SequenceNumber=2" +
  "&Timestamp=Sun%2C+22+Nov+2026+13%3A01%3A32+%2B0000&Duration=0&CallDuration=0&SipResponseCode=410";
