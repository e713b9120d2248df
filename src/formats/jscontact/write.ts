import { type ExportedAddress, type ExportedContact, uidOf } from "../rows/exported.ts";

/** A Card (RFC 9553) with the active addresses: phones for tel URIs, online services for the others. */
export function writeJscontact(contact: ExportedContact): string {
  const active = contact.addresses.filter(({ status }) => status === "active");
  const phones = active.filter(isTel).map((address) => [address.id, phoneOf(address)]);
  const services = active
    .filter((address) => !isTel(address))
    .map((address) => [address.id, serviceOf(address)]);
  return JSON.stringify({
    "@type": "Card",
    version: "1.0",
    uid: uidOf(contact),
    created: utc(contact.createdAt),
    updated: utc(contact.updatedAt),
    name: { "@type": "Name", full: contact.name },
    ...(phones.length === 0 ? {} : { phones: Object.fromEntries(phones) }),
    ...(services.length === 0 ? {} : { onlineServices: Object.fromEntries(services) }),
  });
}

const isTel = ({ uri }: ExportedAddress): boolean => /^tel:/i.test(uri);

function phoneOf({ uri, label }: ExportedAddress) {
  return { "@type": "Phone", number: uri, ...(label === null ? {} : { label }) };
}

function serviceOf({ uri, label }: ExportedAddress) {
  return { "@type": "OnlineService", service: "SIP", uri, ...(label === null ? {} : { label }) };
}

/** RFC 9553 1.4.6: a fraction only if it is not zero, without trailing zeros. */
function utc(time: Date): string {
  return time.toISOString().replace(/\.?0*Z$/, "Z");
}
