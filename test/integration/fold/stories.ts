import { A, B, C, call, D, type EventBody } from "./calls.ts";

// Stories name the addresses of one person by a letter.

export const uris: Readonly<Record<string, string>> = { A, B, C, D };

/**
 * A call: its status, the dialled address and the target of a redirect, then perhaps `@minute`, `#cseq` in the call that
 * they share, `id=`, `branch=status`, and `diverted`. Without a minute, the calls are a minute apart.
 */
export function readCall(text: string, index: number): EventBody {
  const [status = "", from = "", ...rest] = text.split(" ");
  const find = (mark: string) => rest.find((word) => word.startsWith(mark))?.slice(mark.length);
  const target = uris[rest[0] ?? ""];
  const [minute, cseq, id, branch] = ["@", "#", "id=", "branch="].map(find);
  return call(Number(status), uris[from] ?? "", Number(minute ?? index + 1), {
    ...(target === undefined ? {} : { contacts: [`<${target}>`] }),
    ...(cseq === undefined ? {} : { callId: "fork-1", cseq: Number(cseq) }),
    ...(id === undefined ? {} : { id }),
    ...(branch === undefined ? {} : { branchOutcomes: [Number(branch)] }),
    ...(rest.includes("diverted") ? { diversion: ["<sip:x@pbx.example>;reason=unconditional"] } : {}),
  });
}
