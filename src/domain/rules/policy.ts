/**
 * What a source's events may do. `immediate`: one event acts. `observe`: events are recorded and explained, and
 * nothing changes.
 */
export interface Policy {
  readonly mode: "immediate" | "observe";
}

/** What to do with a contact whose last address is gone. */
export type EmptyContact = "archive" | "keep";
