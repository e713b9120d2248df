import { type SerializerFactory, SerializerSelector } from "@fastify/fast-json-stringify-compiler";
import { once } from "./once.ts";

const selectSerializer = SerializerSelector();

/** Fastify's own writers of answers, each compiled when it is needed first: all of them were a third of a start. */
export const buildSerializer: SerializerFactory = (shapes, options) => {
  const compile = selectSerializer(shapes, options);
  return (route) => {
    const write = once(() => compile(route));
    return (answer) => write()(answer);
  };
};
