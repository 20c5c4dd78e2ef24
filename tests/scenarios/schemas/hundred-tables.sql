-- A hundred tables, all keys to one of them, all names as long as PostgreSQL takes them.
create table "TenantOrganisationSubscriptionBillingAccountConfigurationEntry" (
    id text primary key,
    name text not null
);
do $$
declare
    stem text := 'TenantOrganisationSubscriptionBillingAccountInvoiceLineItem';
begin
    for n in 100 .. 199 loop
        execute format('create table %I (id text primary key, %I text not null, "createdAt" timestamp(3)'
            ' not null default now(), constraint %I foreign key (%I) references %I'
            ' on update cascade on delete cascade)',
            stem || n, 'tenantOrganisationSubscriptionBillingAccountConfigurationId',
            stem || n || '_', 'tenantOrganisationSubscriptionBillingAccountConfigurationId',
            'TenantOrganisationSubscriptionBillingAccountConfigurationEntry');
        execute format('create index on %I (%I)', stem || n,
            'tenantOrganisationSubscriptionBillingAccountConfigurationId');
    end loop;
end $$;
create table "TenantOrganisationSubscriptionBillingAccountAuditTrail" (
    id text primary key,
    "tenantOrganisationSubscriptionBillingAccountConfigurationId" text
);
create index on "TenantOrganisationSubscriptionBillingAccountAuditTrail"
    ("tenantOrganisationSubscriptionBillingAccountConfigurationId");
create table "TenantOrganisationSubscriptionBillingAccountContactPerson" (id text primary key);

-- parent
insert into "TenantOrganisationSubscriptionBillingAccountConfigurationEntry" values (:key, 'Monthly');

-- child
insert into "TenantOrganisationSubscriptionBillingAccountInvoiceLineItem150" values (:new, :key);

-- trace
insert into "TenantOrganisationSubscriptionBillingAccountAuditTrail" values (:new, :key);

-- other
insert into "TenantOrganisationSubscriptionBillingAccountContactPerson" values (:key);
