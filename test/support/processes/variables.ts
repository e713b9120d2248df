import { readConfig } from "../../../src/config/config.ts";

/** The names of all variables that config.ts reads. */
export function knownVariables(): ReadonlySet<string> {
  const asked = new Set<string>();
  const env = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get: (_target, name) => {
        asked.add(String(name));
        return undefined;
      },
    },
  );
  readConfig(env);
  return asked;
}
