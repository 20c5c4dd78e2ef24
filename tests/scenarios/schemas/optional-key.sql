-- 1:n with an optional key: a chat lies in a folder, or in none.
create table "User" (id text primary key, email text not null unique);
create table "Folder" (
    id text primary key,
    name text not null,
    "userId" text not null constraint "Folder_userId_fkey" references "User" on update cascade on delete cascade,
    "createdAt" timestamp(3) not null default current_timestamp
);
create index "Folder_userId_idx" on "Folder" ("userId");
create table "Chat" (
    id text primary key,
    title text,
    "folderId" text constraint "Chat_folderId_fkey" references "Folder" on update cascade on delete set null,
    "updatedAt" timestamp(3) not null default current_timestamp
);
create index "Chat_folderId_idx" on "Chat" ("folderId");
create table "ChatAudit" (id text primary key, "folderId" text not null);
create index "ChatAudit_folderId_idx" on "ChatAudit" ("folderId");
insert into "User" values ('user_1', 'ann@example.com');

-- parent
insert into "Folder" (id, name, "userId") values (:key, 'Travel', 'user_1');

-- child
insert into "Chat" (id, "folderId") values (:new, :key);

-- trace
insert into "ChatAudit" values (:new, :key);

-- other
insert into "User" values (:key, :key || '@example.com');
