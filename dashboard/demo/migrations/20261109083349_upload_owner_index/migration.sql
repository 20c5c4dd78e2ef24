-- CreateIndex
CREATE INDEX "uploads_userId_idx" ON "uploads"("userId");
