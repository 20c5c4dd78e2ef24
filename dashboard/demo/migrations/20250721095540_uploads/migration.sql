-- CreateTable
CREATE TABLE "uploads" (
    "id" TEXT NOT NULL,
    "userId" TEXT,
    "teamId" TEXT,
    "projectId" TEXT,
    "key" TEXT NOT NULL,
    "fileName" TEXT,
    "url" TEXT,
    "sizeBytes" INTEGER,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "uploads_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "uploads_projectId_idx" ON "uploads"("projectId");
