-- AlterTable
ALTER TABLE "imports" ADD COLUMN     "warned" INTEGER NOT NULL DEFAULT 0;
