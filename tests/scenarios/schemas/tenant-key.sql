-- A key of several columns: a customer has a number of its tenant's, and an order names both.
create table "Tenant" (id uuid primary key, name text not null);
create table "Customer" (
    "tenantId" uuid not null constraint "Customer_tenantId_fkey" references "Tenant" on update cascade on delete cascade,
    no integer not null,
    name text not null,
    constraint "Customer_pkey" primary key ("tenantId", no)
);
create table "Order" (
    id text primary key,
    "tenantId" uuid not null,
    "customerNo" integer not null,
    constraint "Order_tenantId_customerNo_fkey" foreign key ("tenantId", "customerNo")
        references "Customer" ("tenantId", no) on update cascade on delete restrict
);
create index "Order_tenantId_customerNo_idx" on "Order" ("tenantId", "customerNo");
insert into "Tenant" values ('8f14e45f-ceea-467f-a8d1-1f0a5b2c9e11', 'Acme');

-- parent
insert into "Customer" values (:key, 'Ann');

-- child
insert into "Order" values (:new, :key);
