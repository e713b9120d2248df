import { once } from "node:events";
import { openEmbedded } from "../../../src/postgres/embedded.ts";
import { silent } from "./postgres.ts";

// A process that only holds the embedded database, until SIGTERM or to be killed.
const server = await openEmbedded({
  dataDir: process.env["DATA_DIR"] ?? "",
  log: silent,
  settings: { fsync: "off" },
});
process.stdout.write("The database is running.\n");
setInterval(() => {}, 60_000);
await once(process, "SIGTERM");
await server.close();
process.exit(0);
