import { expect, test } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";

test.for(Object.entries<object>(shapes))("%s has a description and an example", ([, shape]) => {
  expect(shape).toMatchObject({
    description: expect.stringMatching(/\w/),
    examples: expect.arrayContaining([expect.anything()]),
  });
});
