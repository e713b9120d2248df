import { extname } from "node:path";
import { clientOptions, readOptions, readUrl, UsageError } from "../client.ts";

/** The arguments of `sipbook import`. */
export interface ImportCommand {
  readonly file: string;
  readonly url: string;
  /** Null: SIPBOOK_KEY, or the admin key in DATA_DIR. */
  readonly key: string | null;
  /** Query of POST /v1/imports. */
  readonly query: URLSearchParams;
}

export const usage = `Usage: sipbook import FILE [options]

  --format csv|vcard|jscontact|ndjson   default: from the file's name
  --region DE            country of phone numbers without a country code
  --mapping JSON         CSV: maps columns to fields; default: from the column names
  --delimiter ';'        CSV: the column separator; default: detected
  --addresses merge      keep addresses that a contact's row leaves out; default: replace
  --missing archive      archive contacts with an external id that is not in the file
  --allow-removals       do not stop, however much the file removes
  --validate-only        dry run: check the file and show what it would change
  --book NAME            another book than the key's own
  --url URL              default: http://127.0.0.1:8080
  --key KEY              default: SIPBOOK_KEY, else the admin key in DATA_DIR (./data)

Exit code: 0 if the whole file was imported, 1 if the file or some rows were not, 2 if the options are wrong.
`;

const formatsByName: Readonly<Record<string, string>> = {
  ".csv": "csv",
  ".tsv": "csv",
  ".txt": "csv",
  ".vcf": "vcard",
  ".vcard": "vcard",
  ".json": "jscontact",
  ".jscontact": "jscontact",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
};

/** Throws UsageError if they are wrong. */
export function readArguments(args: readonly string[]): ImportCommand {
  const { values, positionals } = parse(args);
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError("Name one file to import");
  const format = values.format ?? formatsByName[extname(file).toLowerCase()];
  if (format === undefined) throw new UsageError("The file's name does not show its format: set --format");
  const given: Readonly<Record<string, string | boolean | undefined>> = {
    format,
    region: values.region,
    mapping: values.mapping,
    delimiter: values.delimiter,
    addresses: values.addresses,
    missing: values.missing,
    allowRemovals: values["allow-removals"],
    validateOnly: values["validate-only"],
    book: values.book,
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(set.map(([name, value]): [string, string] => [name, String(value)]));
  return { file, url: readUrl(values.url), key: values.key ?? null, query };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  return readOptions({
    args: [...args],
    allowPositionals: true,
    options: {
      ...clientOptions,
      format: text,
      region: text,
      mapping: text,
      delimiter: text,
      addresses: text,
      missing: text,
      "allow-removals": flag,
      "validate-only": flag,
      book: text,
    },
  });
}
