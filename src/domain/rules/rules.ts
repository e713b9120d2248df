/** What a rule means, and what would have led to another verdict. Whole sentences, for the person who asks why. */
export interface RuleText {
  readonly summary: string;
  readonly instead: string;
}

/** Every rule by the verdict code that it gives. A rule belongs to one code; docs/rules.md is this table. */
export const rules = {
  applied: {
    "moved-permanently": {
      summary:
        "301 says that the person is no longer at the address dialled and where they are now, so the address was rewritten (RFC 3261 21.3.2).",
      instead:
        "Undo puts the old address back and keeps it against this event; a source in observe mode would have changed nothing.",
    },
    gone: {
      summary:
        "410 says that the address is gone for good and that no other is known, so it is no longer shown (RFC 3261 21.4.10).",
      instead:
        "Undo brings the address back and keeps it against this event; a later answered call brings it back as well.",
    },
    answered: {
      summary:
        "The call was answered, so the address that an earlier 410 had removed is active again (RFC 3261 13.2.2.4).",
      instead: "Had the 410 happened after this call, the address would still be gone.",
    },
  },
  held: {
    "device-contact": {
      summary:
        "The new Contact names one registered device (gr, ob or rinstance), not an address that lasts (RFC 5626, RFC 5627).",
      instead: "A Contact with the person's public address would have been applied.",
    },
    "weaker-host": {
      summary:
        "The new host is of a weaker kind than the old one: an IP literal instead of a domain, or a private host instead of a public one.",
      instead: "A Contact with a host of the same kind as the old one would have been applied.",
    },
    "other-party": {
      summary:
        "The Contact says that it leads to another user or to voicemail (mp: RFC 7044; cause and target: RFC 4458).",
      instead: "A Contact for the same person, without these parameters, would have been applied.",
    },
    diversion: {
      summary:
        "The answer carries a Diversion header, so it is probably call forwarding, not a move (RFC 5806).",
      instead: "A 301 without Diversion would have been applied.",
    },
    "sips-downgrade": {
      summary:
        "The address is sips and the new Contact is not: security is never lowered without a person (RFC 3261 26.4.4).",
      instead: "A sips Contact would have been applied.",
    },
    "first-phone-number": {
      summary:
        "The new Contact is a phone number where none was before, and calls to numbers can cost money (RFC 3398 8.2.5).",
      instead: "A Contact that is not a phone number would have been applied.",
    },
    "removed-by-person": {
      summary:
        "A person removed the new address from this contact before the call, and an event cannot bring it back.",
      instead: "If a person adds the address again, calls after that can move to it.",
    },
  },
  recorded: {
    "no-change": {
      summary: "The address was already in the state that the event reports.",
      instead: "An event that reports a different state would change the address.",
    },
    loop: {
      summary:
        "The new Contact is an address that this one had before, and following it would go in circles (RFC 3261 8.1.3.4).",
      instead: "A person can set the address to the new Contact.",
    },
    "not-an-invite": {
      summary: "The answer is to a method other than INVITE, and only calls say anything about an address.",
      instead: "The same answer to an INVITE counts.",
    },
    "in-dialog": {
      summary:
        "The answer came inside a dialog, so it is about the far end of that call and not about the address (RFC 5057).",
      instead: "The same answer to an initial INVITE counts.",
    },
    "followed-redirect": {
      summary:
        "The PBX had followed a redirect before this answer, so it is not about the address that was dialled.",
      instead: "The PBX must report each answer with the Request-URI that it belongs to.",
    },
    "no-identity": {
      summary:
        "The Request-URI does not identify an address (headers, method, maddr, or a form that no contact can have).",
      instead: "A sip, sips or tel Request-URI without these parts counts.",
    },
    provisional: {
      summary: "The answer is provisional: it does not say how the call ended (RFC 3261 21.1).",
      instead: "The final answer counts.",
    },
    "status-without-effect": {
      summary: "This status says nothing permanent about the address: only 301, 410 and 2xx do.",
      instead: "301 rewrites the address, 410 removes it, 2xx proves that it is in use.",
    },
    "no-usable-contact": {
      summary:
        "The 301 names no Contact that could take the place of the address (RFC 3261 16.7 allows one without any).",
      instead: "A 301 with a sip, sips or tel Contact that has not expired would have been applied.",
    },
    "self-redirect": {
      summary: "The 301 leads to the address that was dialled, so nobody has moved (RFC 3261 8.3).",
      instead: "A Contact with another address would have been applied.",
    },
    "cause-veto": {
      summary:
        "The Reason header has a Q.850 cause other than 22 (number changed), so the 410 has another reason (RFC 6432, RFC 3398 7.2.4.1).",
      instead: "A 410 without such a cause, or with cause 22, would have been applied.",
    },
    "flow-veto": {
      summary:
        "The warning says that a connection failed (Flow), so the 410 is not about the address (RFC 5626).",
      instead: "A 410 without that warning would have been applied.",
    },
    "branch-alive": {
      summary: "Another branch of the fork reached somebody, so the address is in use (RFC 3261 16.7).",
      instead:
        "The same answer counts if no other branch rang, was busy (486, 600), declined (603) or did not answer in time (480).",
    },
    "answered-elsewhere": {
      summary: "The same call was answered, so the 410 came from one branch only (RFC 3261 16.7).",
      instead: "A 410 to a call that nobody answered counts.",
    },
    "observe-mode": {
      summary: "The source is in observe mode: its events are recorded and change nothing.",
      instead: "With the source in immediate mode the event would have been applied.",
    },
  },
  stale: {
    superseded: {
      summary:
        "The event changed the address once. Since then a person has set the address, or an earlier call was reported late and moved it elsewhere.",
      instead: "A manual change overrides every call before it; a later call that ends the same way counts.",
    },
    "before-assertion": {
      summary: "A person or an import has set the address since, and that overrides every event before it.",
      instead: "A later call that ends the same way counts.",
    },
    "address-removed": {
      summary: "A person has removed the address, so events no longer change it.",
      instead: "If the address is added again, calls after that count.",
    },
    "moved-away": {
      summary: "When the call happened, the address was no longer or not yet the one that was dialled.",
      instead: "The event counts if an earlier one arrives that puts the address there at that time.",
    },
  },
  unmatched: {
    "no-address": {
      summary: "No contact of the book has, or ever had, the address that was dialled.",
      instead: "It counts as soon as an address is added with an assertedAt before the call.",
    },
  },
  failed: {
    fault: {
      summary: "The event could not be processed because of an internal error; the event is kept.",
      instead: "Retry it when the error is fixed.",
    },
  },
} as const satisfies Record<string, Readonly<Record<string, RuleText>>>;

export type VerdictCode = keyof typeof rules;
export type HoldRule = keyof (typeof rules)["held"];
export type RecordRule = keyof (typeof rules)["recorded"];
export type Rule = { [C in VerdictCode]: keyof (typeof rules)[C] }[VerdictCode];

/** In order of precedence: an event's verdict is the first of these that an address got. An address never gets `failed`. */
export const verdictCodes = ["applied", "held", "recorded", "stale", "unmatched", "failed"] as const;

const byRule: ReadonlyMap<string, { readonly code: VerdictCode; readonly text: RuleText }> = new Map(
  verdictCodes.flatMap((code) =>
    Object.entries(rules[code]).map(([rule, text]) => [rule, { code, text }] as const),
  ),
);

export const ruleCodes: readonly string[] = [...byRule.keys()];

/** The verdict and the meaning of a rule; null: unknown rule. */
export function findRule(rule: string): { readonly code: VerdictCode; readonly text: RuleText } | null {
  return byRule.get(rule) ?? null;
}
