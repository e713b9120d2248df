import { randomUUID } from "node:crypto";
import { matchKey } from "../../src/sip/uri.ts";
import { openSource } from "../../src/sources/book-sources.ts";
import { createBook } from "../../src/store/books.ts";
import { type Database, openDatabase } from "../../src/store/client.ts";
import { createKey } from "../../src/store/keys.ts";
import type { Bench } from "./bench.ts";
import { homeOf } from "./calls.ts";

/** A book that is too big for an import: its final rows are inserted directly. */
export interface BigBook {
  readonly contacts: number;
  /** A key with the scope read. */
  readonly key: string;
}

/** Percent of the contacts that have moved, and that are gone. Half of the others have answered a call. */
export const shareOf = { moved: 10, gone: 5 } as const;

/** Addresses that are only seen in calls, one for every ten contacts: moved, gone and answered in turn. */
export const strangerOf = (n: number, moves = 0): string => `sip:stranger${n}@host${moves}.example`;

const chunk = 50_000;
const lineage = `insert into lineage (book_id, address_id, step, code, event_id, key, uri, status,
  from_at, from_rank, from_tie, until_at, until_rank, until_tie)`;

/** Makes contacts 0 to `contacts` - 1 with what reads need, so without history. */
export async function makeBigBook({ db, databaseUrl, signal }: Bench, contacts: number): Promise<BigBook> {
  const book = await createBook(db, { name: `bench-${randomUUID()}`, emptyContact: "keep" });
  const source = book === null ? null : await openSource(db, book.id, "default");
  if (book === null || source === null) throw new Error("The new book has no source");
  const reader = { name: "bench", scopes: ["read" as const], sourceId: null, expiresAt: null };
  const { secret } = await createKey(db, book.id, reader);
  const patient = openDatabase(databaseUrl, { poolSize: 1, statementTimeoutMs: 600_000 });
  try {
    for (let first = 0; first < contacts; first += chunk) {
      signal.throwIfAborted();
      const last = Math.min(first + chunk, contacts) - 1;
      await insertPeople(patient, { book: book.id, source: source.id, first, last });
    }
    await patient.$executeRawUnsafe("vacuum analyze");
  } finally {
    await patient.close();
  }
  return { contacts, key: secret };
}

interface PeopleChunk {
  readonly book: string;
  readonly source: string;
  readonly first: number;
  readonly last: number;
}

async function insertPeople(db: Database, { book, source, first, last }: PeopleChunk): Promise<void> {
  const insert = (sql: string) => db.$executeRawUnsafe(`with ${people(book, first, last)} ${sql}`);
  await insert(`insert into contacts (id, book_id, name, created_at, updated_at)
    select contact_id, '${book}', 'Person ' || n, asserted, asserted from people`);
  await insert(`insert into addresses (id, book_id, contact_id, uri, key, status, asserted_uri, asserted_key, asserted_at)
    select address_id, '${book}', contact_id, uri, key, status, home, home_key, asserted from people`);
  await insert(`insert into assertions (id, book_id, contact_id, address_id, key, uri, status, at, made_by)
    select uuidv7(), '${book}', contact_id, address_id, home_key, home, 'active', asserted, 'import' from people`);
  await insert(`insert into events (id, book_id, source_id, source_event_id, content_hash, received_at, occurred_at,
      clock_adjusted, status, answered, report, raw, key, kind, rank, tie, target_key, target_uri, standing, verdict, rule)
    select event_id, '${book}', '${source}', event_id::text, repeat('0', 64), happened, happened, false, code,
      code = 200, '{}', '{}', home_key, kind::event_kind, rank, 'default ' || event_id,
      case kind when 'moved' then next_key end, case kind when 'moved' then next end, 'acts', 'applied', 'bench'
    from (select * from people union all select * from strangers) called where kind is not null`);
  await insert(`${lineage}
    select '${book}', address_id, 0, 'applied', null, home_key, home, 'active', asserted, 9, '',
      case when changed then happened end, case when changed then rank end, case when changed then 'default ' || event_id end
    from people`);
  await insert(`${lineage}
    select '${book}', address_id, 1, 'applied', event_id, key, uri, status, happened,
      case kind when 'moved' then -1 else rank end, case kind when 'moved' then '' else 'default ' || event_id end,
      null, null, null
    from people where changed`);
  await insert(`insert into address_keys (book_id, key, address_id)
    select '${book}'::uuid, home_key, address_id from people
    union all select '${book}'::uuid, key, address_id from people where key <> home_key`);
}

const uris = (name: string) => `'sip:${name}' || n || '@host0.example' as home,
    'sip:${name}' || n || '@host1.example' as next`;

/** SQL for persons and strangers with the outcomes of their calls. */
function people(book: string, first: number, last: number): string {
  const prefix = book.slice(-8);
  const id = (kind: string) => `('${prefix}-0000-7000-8${kind}-' || lpad(to_hex(n), 12, '0'))::uuid`;
  const times = `now() - interval '2 days' as asserted, now() - interval '1 day' + n * interval '1 millisecond' as happened`;
  return `called as (
      select n, ${uris("person")}, ${times}, ${id("001")} as contact_id, ${id("002")} as address_id, ${id("003")} as event_id,
        case when n % 100 < ${shareOf.moved} then 'moved'
          when n % 100 < ${shareOf.moved + shareOf.gone} then 'gone' when n % 2 = 0 then 'reachable' end as kind
      from generate_series(${first}::int, ${last}::int) n
      union all
      select n, ${uris("stranger")}, ${times}, null, null, ${id("004")},
        (array['moved', 'gone', 'reachable'])[1 + n / 10 % 3]
      from generate_series(${first}::int, ${last}::int, 10) n
    ),
    decided as (
      select *, '${keyPrefix}' || home as home_key, '${keyPrefix}' || next as next_key,
        case kind when 'moved' then 301 when 'gone' then 410 else 200 end as code,
        case kind when 'moved' then 2 when 'gone' then 0 else 1 end as rank,
        coalesce(kind in ('moved', 'gone'), false) as changed
      from called
    ),
    ended as (
      select *, case kind when 'moved' then next else home end as uri,
        case kind when 'moved' then next_key else home_key end as key,
        (case kind when 'gone' then 'gone' else 'active' end)::address_status as status
      from decided
    ),
    people as (select * from ended where contact_id is not null),
    strangers as (select * from ended where contact_id is null)`;
}

/** The key of such a plain address is this prefix and the address. */
const keyPrefix = (matchKey(homeOf(0)) ?? "").replace(homeOf(0), "");
