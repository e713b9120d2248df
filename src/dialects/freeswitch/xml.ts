import { SaxesParser } from "saxes";
import { bodyLimits, type Read, tooMuch } from "../shared/values.ts";

/**
 * Reads the needed parts of an XML CDR in the shape of a JSON CDR. Of a repeated element the first counts, of a repeated
 * variable all values. The parser knows only XML's own five entities, whatever the document declares.
 */
export function readCdrXml(text: string): Read {
  const parser = new SaxesParser();
  const sections = new Map([
    ["channel_data", new Map<string, string[]>()],
    ["variables", new Map<string, string[]>()],
  ]);
  const path: string[] = [];
  const beyond = new Error("beyond the limits");
  let values = 0;
  let content = "";
  const count = () => {
    values += 1;
    if (values > bodyLimits.values || path.length > bodyLimits.depth) throw beyond;
  };
  parser.on("attribute", count);
  parser.on("opentag", ({ name }) => {
    path.push(name);
    content = "";
    count();
  });
  parser.on("text", (piece) => {
    content += piece;
  });
  parser.on("cdata", (piece) => {
    content += piece;
  });
  parser.on("closetag", ({ name }) => {
    const section = path.length === 3 ? sections.get(path[1] ?? "") : undefined;
    const earlier = section?.get(name);
    if (earlier === undefined) section?.set(name, [content]);
    else if (path[1] === "variables") earlier.push(content);
    path.pop();
    content = "";
  });
  try {
    parser.write(text).close();
  } catch (error) {
    if (error === beyond) return tooMuch("");
    return { kind: "malformed", form: "XML", detail: error instanceof Error ? error.message : "" };
  }
  const found = [...sections].filter(([, section]) => section.size > 0);
  const value = Object.fromEntries(
    found.map(([name, section]) => [name, Object.fromEntries(toValues(section))]),
  );
  return { kind: "value", value };
}

const toValues = (section: ReadonlyMap<string, readonly string[]>) =>
  [...section].map(([name, found]): [string, unknown] => [name, found.length > 1 ? found : found[0]]);
