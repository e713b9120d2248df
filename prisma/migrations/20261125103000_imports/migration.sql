CREATE TYPE "import_state" AS ENUM ('receiving', 'checking', 'checked', 'stopped', 'applying', 'done', 'failed', 'undoing', 'undone');
CREATE TYPE "import_row_kind" AS ENUM ('contact', 'bad', 'missing');
CREATE TYPE "import_outcome" AS ENUM ('create', 'update', 'unchanged', 'rejected', 'archive', 'conflict');
ALTER TABLE "books" ADD COLUMN     "import_removal_share" DOUBLE PRECISION NOT NULL DEFAULT 0.02;
ALTER TABLE "history" ADD COLUMN     "import_id" UUID;

CREATE TABLE "imports" (
    "id" UUID NOT NULL,
    "book_id" UUID NOT NULL,
    "state" "import_state" NOT NULL DEFAULT 'receiving',
    "format" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "validate_only" BOOLEAN NOT NULL,
    "removes_addresses" BOOLEAN NOT NULL,
    "archives_missing" BOOLEAN NOT NULL,
    "allows_removals" BOOLEAN NOT NULL,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "checked_to" INTEGER NOT NULL DEFAULT 0,
    "applied_to" INTEGER NOT NULL DEFAULT 0,
    "undone_from" INTEGER,
    "created" INTEGER NOT NULL DEFAULT 0,
    "updated" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "archived" INTEGER NOT NULL DEFAULT 0,
    "conflicts" INTEGER NOT NULL DEFAULT 0,
    "added" INTEGER NOT NULL DEFAULT 0,
    "asserted" INTEGER NOT NULL DEFAULT 0,
    "removed" INTEGER NOT NULL DEFAULT 0,
    "stop_reason" TEXT,
    "error" TEXT,
    "undo_actor" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "leased_until" TIMESTAMPTZ(3),
    CONSTRAINT "imports_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "import_rows" (
    "import_id" UUID NOT NULL,
    "row" INTEGER NOT NULL,
    "kind" "import_row_kind" NOT NULL,
    "place" TEXT NOT NULL,
    "external_id" TEXT,
    "name" TEXT,
    "addresses" JSONB NOT NULL,
    "is_partial" BOOLEAN NOT NULL,
    "faults" JSONB NOT NULL,
    "problems" JSONB NOT NULL DEFAULT '[]',
    "outcome" "import_outcome",
    "contact_id" UUID,
    "added" INTEGER NOT NULL DEFAULT 0,
    "asserted" INTEGER NOT NULL DEFAULT 0,
    "removed" INTEGER NOT NULL DEFAULT 0,
    "name_before" TEXT,
    "is_adopted" BOOLEAN NOT NULL DEFAULT false,
    "archived_before" "archived_by",
    CONSTRAINT "import_rows_pkey" PRIMARY KEY ("import_id","row")
);

CREATE TABLE "import_keys" (
    "import_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "row" INTEGER NOT NULL,
    CONSTRAINT "import_keys_pkey" PRIMARY KEY ("import_id","key","row")
);
CREATE INDEX "imports_book" ON "imports"("book_id", "id");
CREATE INDEX "imports_at_work" ON "imports"("leased_until")
  WHERE "state" IN ('receiving', 'checking', 'applying', 'undoing');
CREATE UNIQUE INDEX "imports_idempotency_key" ON "imports"("book_id", "idempotency_key");
CREATE INDEX "import_rows_external_id" ON "import_rows"("import_id", "external_id", "row") WHERE "external_id" IS NOT NULL;
CREATE INDEX "history_import" ON "history"("import_id", "contact_id") WHERE "import_id" IS NOT NULL;
ALTER TABLE "history" ADD CONSTRAINT "history_import_id_fkey" FOREIGN KEY ("import_id") REFERENCES "imports"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "imports" ADD CONSTRAINT "imports_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_import_id_fkey" FOREIGN KEY ("import_id") REFERENCES "imports"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema cannot say, from here on.

ALTER TABLE "books" ADD CONSTRAINT "books_import_removal_share_form" CHECK ("import_removal_share" BETWEEN 0 AND 1);
ALTER TABLE "imports" ADD CONSTRAINT "imports_failed_says_why" CHECK (("state" = 'failed') = ("error" IS NOT NULL));
ALTER TABLE "imports" ADD CONSTRAINT "imports_progress_within_rows"
  CHECK ("checked_to" BETWEEN 0 AND "rows" AND "applied_to" BETWEEN 0 AND "rows");
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_bad_is_rejected" CHECK ("kind" <> 'bad' OR "outcome" = 'rejected');
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_missing_is_a_contact"
  CHECK ("kind" <> 'missing' OR "contact_id" IS NOT NULL);

-- As for the tables of the book: an import that is new to the statistics is no reason to read it from end to end.
ALTER TABLE "import_rows" ALTER COLUMN "import_id" SET STATISTICS 0;
ALTER TABLE "import_keys" ALTER COLUMN "import_id" SET STATISTICS 0;
