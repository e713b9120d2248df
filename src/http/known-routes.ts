import type { FastifyInstance } from "fastify";

/** The methods of each path, so that a wrong method gives 405 and a wrong path 404 (RFC 9110 15.5.6). */
export interface KnownRoutes {
  methodsOf(path: string): readonly string[];
}

/** Collects routes as they are registered: call it before the first one. */
export function collectRoutes(app: FastifyInstance): KnownRoutes {
  const routes = new Map<string, { readonly form: RegExp; readonly methods: Set<string> }>();
  app.addHook("onRoute", ({ url, method }) => {
    const route = routes.get(url) ?? { form: formOf(url), methods: new Set() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  return {
    methodsOf: (path) => {
      const fitting = [...routes.values()].filter(({ form }) => form.test(path));
      return [...new Set(fitting.flatMap(({ methods }) => Array.from(methods)))].toSorted();
    },
  };
}

function formOf(url: string): RegExp {
  const segments = url.split("/").map((segment) => {
    if (segment.startsWith(":")) return "[^/]+";
    return segment === "*" ? ".*" : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${segments.join("/")}$`);
}
