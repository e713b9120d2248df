import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The rooms, those whose files take longest first: a long file that starts last leaves the other cores idle. */
const rooms = ["release", "processes", "e2e", "integration", "unit"];

/** Sorts by room, then by the time that an earlier run measured, then by size. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- not of an array
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rooms.indexOf(a.project.name) - rooms.indexOf(b.project.name));
  }
}
