-- Keys of citext: two spellings are one row.
create extension citext;
create table organisations (login citext primary key, name text not null);
create table repositories (
    id bigint generated always as identity primary key,
    organisation_login citext not null constraint repositories_organisation_login_fkey
        references organisations on update cascade on delete cascade
);
create index repositories_organisation_login_idx on repositories (organisation_login);
create table stars (id bigserial primary key, organisation_login citext not null);
create index stars_organisation_login_idx on stars (organisation_login);
create table people (login citext primary key);

-- parent
insert into organisations values (:key, 'Acme');

-- child
insert into repositories (organisation_login) values (:key);

-- trace
insert into stars (organisation_login) values (:key);

-- other
insert into people values (:key);
