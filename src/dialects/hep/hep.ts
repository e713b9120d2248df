import { ownSigning } from "../../signatures/signing.ts";
import type { Dialect } from "../shared/dialect.ts";

const detail =
  "sources of the dialect hep take SIP that is mirrored to HEP_PORT, and no webhooks (docs/pbx/hep.md)";

/** HEP arrives as datagrams, in `src/hep`. A webhook to such a source is a mistake. */
export const hep: Dialect = {
  name: "hep",
  label: "Any PBX, by HEP",
  firstMode: "observe",
  signing: ownSigning,
  read: () => ({ kind: "invalid", errors: [{ pointer: "", detail }] }),
  write: () => null,
};
