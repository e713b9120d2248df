import { openEmbedded } from "../../../src/postgres/embedded.ts";
import { silent } from "./postgres.ts";

// A process that only holds the embedded database, to be killed.
const [dataDir = ""] = process.argv.slice(2);
await openEmbedded({ dataDir, log: silent, settings: { fsync: "off" } });
process.stdout.write("open\n");
setInterval(() => {}, 60_000);
