import { ownSigning } from "../../signatures/signing.ts";
import { native } from "../native/native.ts";
import type { Dialect, Incoming, Translation } from "../shared/dialect.ts";
import { readForm, readJson } from "../shared/values.ts";
import { type Mapping, readMapping } from "./mapping.ts";
import { readMapped } from "./read.ts";
import { writeMapped } from "./write.ts";

/** Any PBX that posts JSON or a form: in sipbook's own format, or by the mapping of the source (docs/pbx/generic.md). */
export const generic: Dialect = {
  name: "generic",
  label: "Any other PBX",
  firstMode: "immediate",
  signing: ownSigning,
  read(incoming): Translation {
    const { body, mapping: kept } = incoming;
    if (kept === null) return isForm(incoming) ? readMapped(readForm(body), ourWords) : native.read(incoming);
    const mapping = readMapping(kept);
    if (mapping === null) {
      const detail = "cannot be read: the mapping of the source is invalid. Set it again";
      return { kind: "invalid", errors: [{ pointer: "", detail }] };
    }
    if (isForm(incoming)) return readMapped(readForm(body), mapping);
    const json = readJson(body);
    return json.kind === "value" ? readMapped(json.value, mapping) : json;
  },
  write(report, kept = null) {
    const mapping = kept === null ? null : readMapping(kept);
    if (mapping === null) return native.write(report);
    const body = writeMapped(report, mapping);
    return body === null ? null : { contentType: "application/json", body: JSON.stringify(body) };
  },
};

/** Looks at the body, since Content-Type may be wrong. Broken JSON still counts as JSON. */
function isForm({ body, contentType }: Incoming): boolean {
  return !/^\s*[[{]/.test(body) && !contentType.includes("json");
}

/** The mapping of a form whose fields have sipbook's names. */
const ourWords: Mapping = {
  id: "id",
  occurredAt: "occurredAt",
  method: "method",
  requestUri: "requestUri",
  status: "status",
  reason: "reason",
  contacts: "contacts",
  reasonHeaders: "reasonHeaders",
  warnings: "warnings",
  diversion: "diversion",
  expires: "expires",
  callId: "callId",
  cseq: "cseq",
  inDialog: "inDialog",
  followed: "followed",
};
