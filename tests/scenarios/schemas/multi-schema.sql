-- Prisma's multiSchema: the ledger in public, the tables in schemas of their own.
create schema auth;
create schema content;
create table auth."Account" (id uuid primary key, email text not null unique);
create table auth."Workspace" (
    id uuid primary key,
    name text not null,
    "accountId" uuid not null constraint "Workspace_accountId_fkey" references auth."Account" on update cascade on delete cascade
);
create index "Workspace_accountId_idx" on auth."Workspace" ("accountId");
create table content."Page" (
    id uuid primary key,
    "workspaceId" uuid not null constraint "Page_workspaceId_fkey"
        references auth."Workspace" on update cascade on delete cascade
);
create index "Page_workspaceId_idx" on content."Page" ("workspaceId");
create table content."PageVisit" (id bigserial primary key, "workspaceId" uuid not null);
create index "PageVisit_workspaceId_idx" on content."PageVisit" ("workspaceId");
insert into auth."Account" values ('0b0c7a53-6d0e-4b3c-9c2f-2f43f6f5ab01', 'ann@example.com');

-- parent
insert into auth."Workspace" values (:key, 'Studio', '0b0c7a53-6d0e-4b3c-9c2f-2f43f6f5ab01');

-- child
insert into content."Page" values (gen_random_uuid(), :key);

-- trace
insert into content."PageVisit" ("workspaceId") values (:key);

-- other
insert into auth."Account" values (:key, :key || '@example.com');
