-- Up to which sequence a book gave up its history: readers of the feed that are behind it must read everything anew.
ALTER TABLE "books" ADD COLUMN "trimmed_to" BIGINT NOT NULL DEFAULT 0;

ALTER TABLE "books" ADD CONSTRAINT "books_trimmed_within_history" CHECK ("trimmed_to" BETWEEN 0 AND "last_sequence");
