-- AlterTable
ALTER TABLE "uploads" ALTER COLUMN "sizeBytes" SET DATA TYPE BIGINT;
