import { expect, test } from "vitest";
import type { Report } from "../../../../src/domain/rules/event.ts";
import { translate, written } from "./translated.ts";

type Translated = ReturnType<typeof translate>;

interface Reports<Fields> {
  /** Reads the dialect's example with some fields changed. */
  readonly read: (fields: Fields) => Translated;
  /** A report with … and these fields becomes an event with …. */
  readonly events: readonly (readonly [having: string, fields: Fields, event: object])[];
  /** A report with … and these fields is ignored or refused for this reason. */
  readonly others: readonly (readonly [having: string, fields: Fields, reason: string])[];
}

export function testReports<Fields>(name: string, { read, events, others }: Reports<Fields>): void {
  test.for(events)(`${name} with %s becomes an event`, ([, fields, event]) => {
    expect(read(fields)).toMatchObject(event);
  });

  test.for(others)(`${name} with %s does not become an event`, ([, fields, reason]) => {
    expect(read(fields)).toBe(reason);
  });
}

export function testRefusedBodies(dialect: string, bodies: readonly string[]): void {
  test.for(bodies)("the body %j is refused", (body) => {
    expect(translate(dialect, body)).toMatch(/^refused/);
  });
}

/** Platforms whose reports carry no SIP headers cannot report these events, so their writers must refuse them. */
const unsayable: readonly (readonly [string, Partial<Report["event"]>])[] = [
  ["an answer in a dialog", { inDialog: true }],
  ["an answer after a redirect", { followed: true }],
  ["a fork", { branchOutcomes: [486] }],
  ["another method", { method: "REGISTER" }],
  ["a call that rings", { status: 180 }],
];

export function testRefusingWriter(dialect: string, more: typeof unsayable = []): void {
  test.for([...unsayable, ...more])("the writer refuses %s", ([, fields]) => {
    expect(written(dialect, fields)).toBeNull();
  });
}
