-- CreateEnum
CREATE TYPE "ConvexDeploymentStatus" AS ENUM ('ACTIVE', 'DEPLOYING', 'ERROR', 'DELETED');

-- CreateTable
CREATE TABLE "convex_deployments" (
    "id" TEXT NOT NULL,
    "projectId" TEXT NOT NULL,
    "convexDeploymentName" TEXT NOT NULL,
    "status" "ConvexDeploymentStatus" NOT NULL DEFAULT 'DEPLOYING',
    "lastDeployError" TEXT,
    "lastDeployedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "convex_deployments_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "convex_deployments_projectId_key" ON "convex_deployments"("projectId");

-- CreateIndex
CREATE UNIQUE INDEX "convex_deployments_convexDeploymentName_key" ON "convex_deployments"("convexDeploymentName");
