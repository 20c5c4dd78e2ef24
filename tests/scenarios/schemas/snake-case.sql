-- Models with @@map and @map to snake_case, keys of uuid.
create table suppliers (id uuid primary key default gen_random_uuid(), display_name text not null);
create table purchase_orders (
    id uuid primary key default gen_random_uuid(),
    supplier_id uuid not null,
    order_status text not null default 'open',
    created_at timestamptz(6) not null default now(),
    constraint purchase_orders_supplier_id_fkey foreign key (supplier_id)
        references suppliers (id) on update cascade on delete restrict
);
create index purchase_orders_supplier_id_idx on purchase_orders (supplier_id);
create table supplier_events (id bigserial primary key, supplier_id uuid, created_at timestamptz(6) not null default now());
create index supplier_events_supplier_id_idx on supplier_events (supplier_id);
create table warehouses (id uuid primary key);

-- parent
insert into suppliers (id, display_name) values (:key, 'Nuts & Bolts');

-- child
insert into purchase_orders (supplier_id) values (:key);

-- trace
insert into supplier_events (supplier_id) values (:key);

-- other
insert into warehouses values (:key);
