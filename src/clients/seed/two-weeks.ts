/** A person of the seeded book. */
export interface SeedContact {
  readonly externalId: string;
  readonly name: string;
  readonly addresses: readonly { readonly uri: string; readonly assertedAt: string }[];
}

/** A call's outcome as `POST /v1/events` takes it. */
export interface SeedEvent {
  readonly id: string;
  readonly callId: string;
  readonly requestUri: string;
  readonly status: number;
  readonly occurredAt: string;
  readonly contacts: readonly string[];
}

const firstNames =
  "Ada Bob Clara Dmitri Emma Farid Grace Hugo Ines Jonas Kaja Liam Mona Nils Olga Paul Rosa Sven Tara Yuki";
const lastNames = "Adler Brandt Costa Dubois Evans Fischer Garcia Hansen Ito Jensen";
const days = 14;
const dayMs = 24 * 60 * 60 * 1000;

/** How often a call ends how, in percent. The rest is answered. */
const endings = [
  { status: 486, percent: 12 },
  { status: 480, percent: 8 },
  { status: 302, percent: 3 },
  { status: 404, percent: 2 },
  { status: 301, percent: 2 },
  { status: 410, percent: 1 },
] as const;

/** 200 contacts, and what their phones did in the two weeks before `now`. The same for the same `now`. */
export function makeTwoWeeks(now: Date): {
  readonly contacts: readonly SeedContact[];
  readonly events: readonly SeedEvent[];
} {
  const random = randomFrom(20_251);
  const begin = now.getTime() - days * dayMs;
  const assertedAt = new Date(begin - dayMs).toISOString();
  const names = firstNames
    .split(" ")
    .flatMap((first) => lastNames.split(" ").map((last) => [first, last] as const));
  const people = names.map(([first, last], i) => {
    const user = `${first}.${last}`.toLowerCase();
    const desk = `sip:${user}@pbx.example`;
    const uris = i % 3 === 0 ? [desk, `sip:1${String(i).padStart(3, "0")}@branch.example`] : [desk];
    const addresses = uris.map((uri) => ({ uri, assertedAt }));
    return { externalId: `seed-${i}`, name: `${first} ${last}`, user, addresses };
  });
  const events = people.flatMap(({ user, addresses }) =>
    addresses.flatMap(({ uri }) => callsOf(user, uri, begin, random)),
  );
  return {
    contacts: people.map(({ externalId, name, addresses }) => ({ externalId, name, addresses })),
    events: events
      .toSorted((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1))
      .map((event, i) => ({ ...event, id: `seed-${i}`, callId: `seed-call-${i}` })),
  };
}

type SeedCall = Omit<SeedEvent, "id" | "callId">;

/** The calls to one address: a 301 takes the later ones along, and after a 410 some are answered again. */
function callsOf(user: string, uri: string, begin: number, random: () => number): readonly SeedCall[] {
  const calls: SeedCall[] = [];
  let dialled = uri;
  for (let at = begin + random() * dayMs; at < begin + days * dayMs; at += (0.2 + random() * 2) * dayMs) {
    const status = chooseStatus(random() * 100);
    const contacts = contactsOf(status, user, calls.length, random);
    calls.push({ requestUri: dialled, status, occurredAt: new Date(at).toISOString(), contacts });
    if (status === 301 && contacts[0] !== undefined) dialled = contacts[0].replaceAll(/[<>]/g, "");
    if (status === 410 && random() < 0.6) break;
  }
  return calls;
}

function chooseStatus(percent: number): number {
  let sum = 0;
  return endings.find((ending) => (sum += ending.percent) > percent)?.status ?? 200;
}

/** Some Contacts of a 301 name a device, which a person has to look at. */
function contactsOf(status: number, user: string, count: number, random: () => number): readonly string[] {
  if (status === 302) return [`<sip:${user}@mobile.example>`];
  if (status !== 301) return [];
  return [
    random() < 0.2 ? `<sip:${user}@192.0.2.${count + 1}:5062;ob>` : `<sip:${user}@site-${count}.example>`,
  ];
}

/** A linear congruential generator of numbers from 0 to 1, so that each seed of a book is the same. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
