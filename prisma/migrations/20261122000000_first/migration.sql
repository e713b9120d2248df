-- Names of contacts are searched by any part of them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- CreateEnum
CREATE TYPE "empty_contact" AS ENUM ('archive', 'keep');

-- CreateEnum
CREATE TYPE "source_mode" AS ENUM ('immediate', 'observe');

-- CreateEnum
CREATE TYPE "key_scope" AS ENUM ('ingest', 'read', 'write', 'admin');

-- CreateEnum
CREATE TYPE "address_status" AS ENUM ('active', 'gone', 'removed');

-- CreateEnum
CREATE TYPE "assertion_maker" AS ENUM ('person', 'import', 'undo');

-- CreateEnum
CREATE TYPE "event_kind" AS ENUM ('moved', 'gone', 'reachable');

-- CreateEnum
CREATE TYPE "standing" AS ENUM ('acts', 'held', 'recorded');

-- CreateEnum
CREATE TYPE "verdict" AS ENUM ('applied', 'held', 'stale', 'recorded', 'unmatched', 'failed');

-- CreateEnum
CREATE TYPE "lineage_code" AS ENUM ('applied', 'loop', 'held');

-- CreateEnum
CREATE TYPE "change_kind" AS ENUM ('asserted', 'rewritten', 'removed', 'restored', 'merged', 'archived', 'corrected');

-- CreateEnum
CREATE TYPE "cause_kind" AS ENUM ('event', 'person', 'import', 'undo', 'approval');

-- CreateEnum
CREATE TYPE "archived_by" AS ENUM ('person', 'empty');

-- CreateTable
CREATE TABLE "books" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "empty_contact" "empty_contact" NOT NULL DEFAULT 'archive',
    "last_sequence" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "books_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sources" (
    "id" UUID NOT NULL,
    "book_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "dialect" TEXT NOT NULL,
    "mode" "source_mode" NOT NULL DEFAULT 'immediate',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sources_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "keys" (
    "id" UUID NOT NULL,
    "book_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" "key_scope"[],
    "source_id" UUID,
    "hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "contacts" (
    "id" UUID NOT NULL,
    "book_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "external_id" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "archived_at" TIMESTAMPTZ(3),
    "archived_by" "archived_by",

    CONSTRAINT "contacts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "addresses" (
    "id" UUID NOT NULL,
    "book_id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "label" TEXT,
    "uri" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "status" "address_status" NOT NULL,
    "asserted_uri" TEXT NOT NULL,
    "asserted_key" TEXT NOT NULL,
    "asserted_at" TIMESTAMPTZ(3) NOT NULL,
    "merged_into" UUID,

    CONSTRAINT "addresses_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "assertions" (
    "id" UUID NOT NULL,
    "book_id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "address_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "uri" TEXT NOT NULL,
    "status" "address_status" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "made_by" "assertion_maker" NOT NULL,

    CONSTRAINT "assertions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "id" UUID NOT NULL,
    "book_id" UUID NOT NULL,
    "source_id" UUID NOT NULL,
    "source_event_id" TEXT COLLATE "C" NOT NULL,
    "content_hash" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "clock_adjusted" BOOLEAN NOT NULL,
    "status" SMALLINT NOT NULL,
    "call_id" TEXT,
    "cseq" BIGINT,
    "answered" BOOLEAN NOT NULL,
    "report" JSONB NOT NULL,
    "raw" TEXT NOT NULL,
    "key" TEXT,
    "kind" "event_kind",
    "rank" SMALLINT NOT NULL,
    "tie" TEXT COLLATE "C" NOT NULL,
    "target_key" TEXT,
    "target_uri" TEXT,
    "standing" "standing" NOT NULL,
    "standing_rule" TEXT,
    "verdict" "verdict",
    "rule" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "retry_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lineage" (
    "book_id" UUID NOT NULL,
    "address_id" UUID NOT NULL,
    "step" INTEGER NOT NULL,
    "code" "lineage_code" NOT NULL,
    "event_id" UUID,
    "rule" TEXT,
    "key" TEXT NOT NULL,
    "uri" TEXT NOT NULL,
    "status" "address_status" NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "from_rank" SMALLINT NOT NULL,
    "from_tie" TEXT COLLATE "C" NOT NULL,
    "until_at" TIMESTAMPTZ(3),
    "until_rank" SMALLINT,
    "until_tie" TEXT COLLATE "C",

    CONSTRAINT "lineage_pkey" PRIMARY KEY ("address_id","step")
);

-- CreateTable
CREATE TABLE "address_keys" (
    "book_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "address_id" UUID NOT NULL,

    CONSTRAINT "address_keys_pkey" PRIMARY KEY ("book_id","key","address_id")
);

-- CreateTable
CREATE TABLE "history" (
    "id" UUID NOT NULL,
    "book_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "contact_id" UUID NOT NULL,
    "address_id" UUID,
    "kind" "change_kind" NOT NULL,
    "before_uri" TEXT,
    "before_key" TEXT,
    "before_state" TEXT,
    "after_uri" TEXT,
    "after_key" TEXT,
    "after_state" TEXT,
    "cause_kind" "cause_kind" NOT NULL,
    "event_id" UUID,
    "status" SMALLINT,
    "reason" TEXT,
    "source_name" TEXT,
    "actor" TEXT,
    "undoes" UUID,
    "forced" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "history_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "books_name" ON "books"("name");

-- CreateIndex
CREATE UNIQUE INDEX "sources_book_name" ON "sources"("book_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "keys_hash" ON "keys"("hash");

-- CreateIndex
CREATE INDEX "keys_book" ON "keys"("book_id", "id");

-- CreateIndex
CREATE INDEX "contacts_book" ON "contacts"("book_id", "id");

-- CreateIndex
CREATE INDEX "contacts_archived" ON "contacts"("book_id", "id") WHERE "archived_at" IS NOT NULL;

-- CreateIndex
CREATE INDEX "contacts_name_words" ON "contacts" USING GIN ("name" gin_trgm_ops);

-- CreateIndex
CREATE UNIQUE INDEX "contacts_book_external_id" ON "contacts"("book_id", "external_id");

-- CreateIndex
CREATE INDEX "addresses_book_key" ON "addresses"("book_id", "key");

-- CreateIndex
CREATE INDEX "addresses_contact" ON "addresses"("contact_id", "id");

-- CreateIndex
CREATE INDEX "assertions_address" ON "assertions"("address_id", "at", "id");

-- CreateIndex
CREATE INDEX "assertions_contact_key" ON "assertions"("contact_id", "key", "at");

-- CreateIndex
CREATE INDEX "events_fold" ON "events"("book_id", "key", "occurred_at", "rank", "tie") WHERE "standing" <> 'recorded';

-- CreateIndex
CREATE INDEX "events_call" ON "events"("source_id", "call_id") WHERE "call_id" IS NOT NULL;

-- CreateIndex
CREATE INDEX "events_pending" ON "events"("received_at") WHERE "verdict" IS NULL;

-- CreateIndex
CREATE INDEX "events_by_time" ON "events"("book_id", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "events_by_key" ON "events"("book_id", "key", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "events_by_source" ON "events"("book_id", "source_id", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "events_by_verdict" ON "events"("book_id", "verdict", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "events_by_rule" ON "events"("book_id", "rule", "occurred_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "events_source_event_id" ON "events"("book_id", "source_id", "source_event_id");

-- CreateIndex
CREATE INDEX "lineage_standing" ON "lineage"("book_id", "key") WHERE "code" = 'applied';

-- CreateIndex
CREATE INDEX "lineage_event" ON "lineage"("event_id") WHERE "event_id" IS NOT NULL;

-- CreateIndex
CREATE INDEX "address_keys_address" ON "address_keys"("address_id");

-- CreateIndex
CREATE UNIQUE INDEX "history_undoes" ON "history"("undoes");

-- CreateIndex
CREATE INDEX "history_contact" ON "history"("contact_id", "sequence");

-- CreateIndex
CREATE INDEX "history_address" ON "history"("address_id", "sequence");

-- CreateIndex
CREATE INDEX "history_event" ON "history"("event_id");

-- CreateIndex
CREATE INDEX "history_kind" ON "history"("book_id", "kind", "sequence");

-- CreateIndex
CREATE INDEX "history_source" ON "history"("book_id", "source_name", "sequence");

-- CreateIndex
CREATE INDEX "history_time" ON "history"("book_id", "at", "sequence");

-- CreateIndex
CREATE INDEX "history_before" ON "history"("book_id", "before_key", "sequence");

-- CreateIndex
CREATE INDEX "history_after" ON "history"("book_id", "after_key", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "history_sequence" ON "history"("book_id", "sequence");

-- AddForeignKey
ALTER TABLE "sources" ADD CONSTRAINT "sources_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "keys" ADD CONSTRAINT "keys_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "keys" ADD CONSTRAINT "keys_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "sources"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_merged_into_fkey" FOREIGN KEY ("merged_into") REFERENCES "addresses"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "assertions" ADD CONSTRAINT "assertions_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "assertions" ADD CONSTRAINT "assertions_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "assertions" ADD CONSTRAINT "assertions_address_id_fkey" FOREIGN KEY ("address_id") REFERENCES "addresses"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "sources"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lineage" ADD CONSTRAINT "lineage_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lineage" ADD CONSTRAINT "lineage_address_id_fkey" FOREIGN KEY ("address_id") REFERENCES "addresses"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lineage" ADD CONSTRAINT "lineage_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "events"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "address_keys" ADD CONSTRAINT "address_keys_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "address_keys" ADD CONSTRAINT "address_keys_address_id_fkey" FOREIGN KEY ("address_id") REFERENCES "addresses"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "history" ADD CONSTRAINT "history_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "history" ADD CONSTRAINT "history_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "history" ADD CONSTRAINT "history_address_id_fkey" FOREIGN KEY ("address_id") REFERENCES "addresses"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "history" ADD CONSTRAINT "history_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "events"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "history" ADD CONSTRAINT "history_undoes_fkey" FOREIGN KEY ("undoes") REFERENCES "history"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say, from here on.

ALTER TABLE "books" ADD CONSTRAINT "books_name_form" CHECK ("name" ~ '^[a-z0-9][a-z0-9-]{0,62}$');
ALTER TABLE "books" ADD CONSTRAINT "books_sequence_counts_up" CHECK ("last_sequence" >= 0);
ALTER TABLE "sources" ADD CONSTRAINT "sources_name_form" CHECK ("name" ~ '^[a-z0-9][a-z0-9-]{0,62}$');
ALTER TABLE "keys" ADD CONSTRAINT "keys_have_a_scope" CHECK (cardinality("scopes") > 0);
ALTER TABLE "keys" ADD CONSTRAINT "keys_ingest_names_a_source"
  CHECK (('ingest' = ANY ("scopes")) = ("source_id" IS NOT NULL));
ALTER TABLE "keys" ADD CONSTRAINT "keys_hash_form" CHECK ("hash" ~ '^[0-9a-f]{64}$');
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_archived_by_someone"
  CHECK (("archived_at" IS NULL) = ("archived_by" IS NULL));
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_version_counts_up" CHECK ("version" >= 0);
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_not_merged_into_itself" CHECK ("merged_into" <> "id");
ALTER TABLE "events" ADD CONSTRAINT "events_status_form" CHECK ("status" BETWEEN 100 AND 699);
ALTER TABLE "events" ADD CONSTRAINT "events_content_hash_form" CHECK ("content_hash" ~ '^[0-9a-f]{64}$');
ALTER TABLE "events" ADD CONSTRAINT "events_acting_has_key_and_kind"
  CHECK ("standing" = 'recorded' OR ("key" IS NOT NULL AND "kind" IS NOT NULL));
ALTER TABLE "events" ADD CONSTRAINT "events_not_acting_has_rule" CHECK (("standing" = 'acts') = ("standing_rule" IS NULL));
ALTER TABLE "events" ADD CONSTRAINT "events_moved_has_target"
  CHECK ("standing" = 'recorded' OR "kind" <> 'moved' OR ("target_key" IS NOT NULL AND "target_uri" IS NOT NULL));
ALTER TABLE "events" ADD CONSTRAINT "events_verdict_has_rule" CHECK (("verdict" IS NULL) = ("rule" IS NULL));
ALTER TABLE "lineage" ADD CONSTRAINT "lineage_until_whole"
  CHECK (("until_at" IS NULL) = ("until_rank" IS NULL) AND ("until_at" IS NULL) = ("until_tie" IS NULL));
ALTER TABLE "history" ADD CONSTRAINT "history_sequence_from_one" CHECK ("sequence" > 0);
ALTER TABLE "history" ADD CONSTRAINT "history_only_undo_undoes" CHECK ("undoes" IS NULL OR "cause_kind" = 'undo');

-- A contact shows a key once. Deferred: one statement may let two addresses swap their keys.
ALTER TABLE "addresses" ADD CONSTRAINT "addresses_shown_once"
  EXCLUDE USING btree ("contact_id" WITH =, "key" WITH =) WHERE ("merged_into" IS NULL AND "status" <> 'removed')
  DEFERRABLE INITIALLY DEFERRED;

-- History and assertions are only ever added to.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP;
END
$$;
CREATE TRIGGER "history_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "history"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "assertions_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "assertions"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- The book that always exists.
INSERT INTO "books" ("id", "name") VALUES ('01936d00-0000-7000-8000-000000000001', 'default');
INSERT INTO "sources" ("id", "book_id", "name", "dialect") VALUES
  ('01936d00-0000-7000-8000-000000000002', '01936d00-0000-7000-8000-000000000001', 'default', 'default'),
  ('01936d00-0000-7000-8000-000000000003', '01936d00-0000-7000-8000-000000000001', 'kamailio', 'kamailio');

-- A book that is new to the statistics would be taken for one with a single row, and any index that begins with
-- book_id would do. Without statistics Postgres takes each book for one of 200, and looks for the rest of the key.
ALTER TABLE "contacts" ALTER COLUMN "book_id" SET STATISTICS 0;
ALTER TABLE "addresses" ALTER COLUMN "book_id" SET STATISTICS 0;
ALTER TABLE "assertions" ALTER COLUMN "book_id" SET STATISTICS 0;
ALTER TABLE "events" ALTER COLUMN "book_id" SET STATISTICS 0;
ALTER TABLE "lineage" ALTER COLUMN "book_id" SET STATISTICS 0;
ALTER TABLE "address_keys" ALTER COLUMN "book_id" SET STATISTICS 0;
ALTER TABLE "history" ALTER COLUMN "book_id" SET STATISTICS 0;
