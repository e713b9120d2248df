-- The export of gone addresses reads them by id, and a book has few of them.
CREATE INDEX "addresses_gone" ON "addresses"("book_id", "id") WHERE "status" = 'gone' AND "merged_into" IS NULL;
