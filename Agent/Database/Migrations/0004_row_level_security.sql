-- The second wall: whatever a query forgets, a row is seen by its user only. Forced, so that the owner is bound too.
do $$
declare
    me constant text := $policy$ = nullif(current_setting('agent.user_id', true), '')::uuid $policy$;
    item text;
begin
    foreach item in array array['profiles', 'threads', 'messages', 'vectors', 'profile_changes', 'thread_summaries',
                                'idempotency_keys', 'embedding_cache'] loop
        execute format('create policy own_rows on %I using (user_id %s) with check (user_id %s)', item, me, me);
    end loop;
    -- Before the user is known, a key is found by its prefix and an account by its email, and by nothing else.
    execute format('create policy own_rows on users using (id %s) with check (id %s)', me, me);
    execute $policy$ create policy by_email on users for select using (email = nullif(current_setting('agent.email', true), '')) $policy$;
    execute format('create policy own_rows on api_keys using (user_id %s) with check (user_id %s)', me, me);
    execute $policy$ create policy by_prefix on api_keys for select using (prefix = nullif(current_setting('agent.key_prefix', true), '')) $policy$;
    -- Maintenance (re-embedding) lists the ids of users, then works for one after the other.
    execute $policy$ create policy maintenance on users for select using (current_setting('agent.maintenance', true) = 'on') $policy$;

    for item in select tables.table_name from (values ('users'), ('api_keys'), ('profiles'), ('threads'), ('messages'), ('vectors'),
            ('profile_changes'), ('thread_summaries'), ('idempotency_keys'), ('embedding_cache')) as tables (table_name)
        union all select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = current_schema() and c.relispartition and c.relkind = 'r' loop
        execute format('alter table %I enable row level security', item);
        execute format('alter table %I force row level security', item);
    end loop;
end $$;
