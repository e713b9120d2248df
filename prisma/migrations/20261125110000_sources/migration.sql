-- AlterTable
ALTER TABLE "sources" ADD COLUMN     "mapping" JSONB,
ADD COLUMN     "paused_at" TIMESTAMPTZ(3),
ADD COLUMN     "trusted_path" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "source_secrets" (
    "id" UUID NOT NULL,
    "source_id" UUID NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "source_secrets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "unparsed" (
    "id" UUID NOT NULL,
    "source_id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "headers" JSONB NOT NULL,
    "query" JSONB NOT NULL,
    "body" TEXT NOT NULL,
    "problem" JSONB NOT NULL,
    "times" INTEGER NOT NULL DEFAULT 1,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "unparsed_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "source_tallies" (
    "source_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "times" BIGINT NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "source_tallies_pkey" PRIMARY KEY ("source_id", "kind", "reason")
);

-- CreateIndex
CREATE INDEX "source_secrets_source" ON "source_secrets"("source_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "unparsed_once" ON "unparsed"("source_id", "hash");

-- CreateIndex
CREATE INDEX "unparsed_by_time" ON "unparsed"("source_id", "last_at", "id");

-- AddForeignKey
ALTER TABLE "source_secrets" ADD CONSTRAINT "source_secrets_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "sources"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "unparsed" ADD CONSTRAINT "unparsed_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "sources"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "source_tallies" ADD CONSTRAINT "source_tallies_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "sources"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What a path of datagrams carries is anybody's word, unless an operator says that the path is trusted.
ALTER TABLE "sources" ADD CONSTRAINT "sources_trust_before_acting"
  CHECK ("dialect" <> 'hep' OR "mode" = 'observe' OR "trusted_path");

-- Every book has a source named after each dialect; a source of that name that somebody made stays as it is.
INSERT INTO "sources" ("id", "book_id", "name", "dialect", "mode")
SELECT gen_random_uuid(), b."id", d.name, d.name, d.mode::"source_mode"
FROM "books" b CROSS JOIN (VALUES ('opensips', 'immediate'), ('freeswitch', 'immediate'), ('asterisk', 'immediate'),
  ('jambonz', 'immediate'), ('telnyx', 'immediate'), ('twilio', 'immediate'), ('signalwire', 'immediate'),
  ('bandwidth', 'immediate'), ('generic', 'immediate'), ('hep', 'observe')) AS d(name, mode)
ON CONFLICT ("book_id", "name") DO NOTHING;
