import type { FastifyInstance } from "fastify";

/** Which methods a path takes, so that a wrong one is told from a wrong path (RFC 9110 15.5.6). */
export interface KnownRoutes {
  methodsOf(path: string): readonly string[];
}

/** Listens to the registration of routes: call it before the first one. */
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
