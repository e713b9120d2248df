import type { TSchema } from "typebox";
import type { Report } from "../../domain/rules/event.ts";
import type { Policy } from "../../domain/rules/policy.ts";
import type { Signing } from "../../signatures/signing.ts";

/** What a PBX sent, as it came. */
export interface Incoming {
  /** Read as UTF-8, else as Latin-1, which loses no byte. NUL is replaced. */
  readonly body: string;
  /** The media type in lower case, without parameters; "" without a Content-Type. It may be wrong. */
  readonly contentType: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of repeated parameters the first counts. */
  readonly query: Readonly<Record<string, string>>;
  /** The mapping of the source, for the dialect `generic`. It was checked when it was set. Null: the source has none. */
  readonly mapping: unknown;
}

/** An event in sipbook's own format, not yet checked. */
export interface TranslatedEvent {
  readonly event: Readonly<Record<string, unknown>>;
  /** The PBX's name of each property that it names differently, for error texts. */
  readonly names: Readonly<Record<string, string>>;
}

/** The events in a request, or why there are none. */
export type Translation =
  | { readonly kind: "events"; readonly events: readonly TranslatedEvent[] }
  /** Understood, but not the answer of a callee: the caller's leg, a ringing call. `reason` is one of a few sentences. */
  | { readonly kind: "ignored"; readonly reason: string }
  | { readonly kind: "malformed"; readonly form: "JSON" | "XML" | "form"; readonly detail: string }
  /** `value` does not match the schema of the dialect. */
  | { readonly kind: "invalid-shape"; readonly schema: TSchema; readonly value: unknown }
  | {
      readonly kind: "invalid";
      readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
    };

/** A request that a PBX would send. */
export interface Outgoing {
  readonly contentType: string;
  readonly body: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** One way in which PBXs report calls, in both directions. Pure. To add one: CONTRIBUTING.md. */
export interface Dialect {
  /** On the wire, in lower case. Every book has a source of this name, made when it is first named. */
  readonly name: string;
  /** The product's own spelling: the title of its page in docs/pbx. */
  readonly label: string;
  /**
   * The mode of a new source. `observe` where anybody who reaches the port can speak for the source: it may act only after
   * an operator has vouched for the path (`trustedPath`).
   */
  readonly firstMode: Policy["mode"];
  readonly signing: Signing;
  read(incoming: Incoming): Translation;
  /** The request that the PBX would send for a call, for tests of a source. Null: the dialect cannot express the call. */
  write(report: Omit<Report, "raw">, mapping?: unknown): Outgoing | null;
}

export const events = (...list: readonly TranslatedEvent[]): Translation => ({
  kind: "events",
  events: list,
});

export const ignored = (reason: string): Translation & { readonly kind: "ignored" } => ({
  kind: "ignored",
  reason,
});
