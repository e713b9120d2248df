import { type SerializerFactory, SerializerSelector } from "@fastify/fast-json-stringify-compiler";
import { once } from "./once.ts";

const selectSerializer = SerializerSelector();

/** Fastify's own response serializers, each compiled at its first use: compiling all took a third of the start-up time. */
export const buildSerializer: SerializerFactory = (shapes, options) => {
  const compile = selectSerializer(shapes, options);
  return (route) => {
    const write = once(() => compile(route));
    return (answer) => write()(answer);
  };
};
