/**
 * What a source's events may do. `immediate`: one event acts. `observe`: events are recorded and explained, and
 * nothing changes.
 */
export interface Policy {
  readonly mode: "immediate" | "observe";
}

/**
 * Whether anybody on the network can speak for sources of a dialect: such a source acts only where an operator vouches
 * for the path on which its reports come.
 */
export const needsTrust = (dialect: string): boolean => dialect === "hep";

/** The mode of a new source that nobody gave one. */
export const firstMode = (dialect: string): Policy["mode"] => (needsTrust(dialect) ? "observe" : "immediate");

/** What becomes of a contact whose last address is gone. */
export type EmptyContact = "archive" | "keep";
