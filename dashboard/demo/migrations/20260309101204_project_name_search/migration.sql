-- A prefix search ("name starts with") needs this operator class, which the schema file cannot express.
CREATE INDEX "Project_name_idx" ON "Project"("name" text_pattern_ops);
