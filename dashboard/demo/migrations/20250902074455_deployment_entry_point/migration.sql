-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "entryPoint" TEXT NOT NULL DEFAULT 'index.html',
ADD COLUMN     "lastAccessed" TIMESTAMP(3);
