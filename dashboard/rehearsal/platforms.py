"""What a hosting platform has in a database before the first migration."""

SUPABASE = "supabase"
PLATFORMS = {
    SUPABASE: """
do $$ begin
    create role anon nologin;
    create role authenticated nologin;
    create role service_role nologin;
exception when duplicate_object then
end $$;
create schema if not exists extensions;
create schema auth;
create schema storage;
create extension pgcrypto schema extensions;
create extension "uuid-ossp" schema extensions;
create table auth.users (id uuid primary key, email text);
create function auth.uid() returns uuid language sql stable as 'select null::uuid';
create function auth.role() returns text language sql stable as 'select null::text';
create function auth.jwt() returns jsonb language sql stable as 'select null::jsonb';
grant usage on schema extensions, auth, storage to public;
grant all on auth.users to public;
"""
}
SCHEMAS = {SUPABASE: frozenset({"extensions", "auth", "storage"})}
