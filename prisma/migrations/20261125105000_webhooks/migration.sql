-- CreateEnum
CREATE TYPE "subscription_state" AS ENUM ('active', 'paused', 'disabled');

-- CreateEnum
CREATE TYPE "delivery_state" AS ENUM ('pending', 'delivered', 'failed');

-- CreateTable
CREATE TABLE "subscriptions" (
    "id" UUID NOT NULL,
    "book_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "kinds" "change_kind"[],
    "sources" TEXT[],
    "state" "subscription_state" NOT NULL DEFAULT 'active',
    "disabled_reason" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "secret" BYTEA NOT NULL,
    "previous_secret" BYTEA,
    "previous_until" TIMESTAMPTZ(3),
    "cursor" BIGINT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "resume_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "lease" UUID,
    "leased_until" TIMESTAMPTZ(3),
    "woken_until" TIMESTAMPTZ(3),
    "planned_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "subscriptions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "subscription_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "edition" UUID NOT NULL,
    "change_id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "state" "delivery_state" NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "put_off" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),
    "tries" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("subscription_id","sequence")
);

-- CreateIndex
CREATE INDEX "subscriptions_book" ON "subscriptions"("book_id", "id");

-- CreateIndex
CREATE INDEX "deliveries_waiting" ON "deliveries"("subscription_id", "contact_id", "sequence") WHERE "state" = 'pending';

-- CreateIndex
CREATE INDEX "deliveries_due" ON "deliveries"("subscription_id", "due_at") WHERE "state" = 'pending';

-- CreateIndex
CREATE INDEX "deliveries_settled" ON "deliveries"("settled_at") WHERE "settled_at" IS NOT NULL;

-- AddForeignKey
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_book_id_fkey" FOREIGN KEY ("book_id") REFERENCES "books"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_subscription_id_fkey" FOREIGN KEY ("subscription_id") REFERENCES "subscriptions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema cannot say, from here on.

ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_disabled_for_a_reason"
  CHECK (("state" = 'disabled') = ("disabled_reason" IS NOT NULL) AND ("state" = 'disabled') = ("disabled_at" IS NOT NULL));
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_previous_secret_ends"
  CHECK (("previous_secret" IS NULL) = ("previous_until" IS NULL));
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_cursor_from_zero" CHECK ("cursor" >= 0);
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_lease_ends" CHECK (("lease" IS NULL) = ("leased_until" IS NULL));
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_settled_or_pending"
  CHECK (("state" = 'pending') = ("settled_at" IS NULL));

-- As for the other tables (see the first migration): a subscription that is new to the statistics is no rare one.
ALTER TABLE "deliveries" ALTER COLUMN "subscription_id" SET STATISTICS 0;
