/** A contact as an export writes it. */
export interface ExportedContact {
  readonly id: string;
  readonly name: string;
  readonly externalId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
  readonly addresses: readonly ExportedAddress[];
}

export interface ExportedAddress {
  readonly id: string;
  readonly uri: string;
  readonly label: string | null;
  readonly status: string;
}

/** An address that is gone, and what removed it. Facts that are not recorded are null. */
export interface GoneAddress {
  readonly uri: string;
  readonly label: string | null;
  readonly contactId: string;
  readonly externalId: string | null;
  readonly name: string;
  readonly goneAt: Date | null;
  readonly status: number | null;
  readonly reason: string | null;
  readonly source: string | null;
  readonly eventId: string | null;
}

const ownUid = /^urn:sipbook:contact:/;

/** The unique id that some formats need: the CRM's, else ours. An import does not read ours as an external id. */
export function uidOf({ id, externalId }: ExportedContact): string {
  return externalId ?? `urn:sipbook:contact:${id}`;
}

export function externalIdOf(uid: string | null): string | null {
  return uid === null || ownUid.test(uid) ? null : uid;
}
