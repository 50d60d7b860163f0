-- To put a vector into an HNSW index takes longer than the rest of a turn, and a user with some hundred messages is searched quicker by
-- reading all of them, and exactly. So the index has the older vectors of users with many; whatever is younger waits outside (in_index).
do $$
declare
    item text;
    part regclass;
    hnsw regclass;
begin
    for item in select 'vectors' union select table_name from embedding_models loop
        -- What is there already is in the index.
        execute format('alter table %I add column in_index boolean not null default true', item);
        execute format('alter table %I alter column in_index set default false', item);
        for hnsw in select i.indexrelid from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
            where i.indrelid = to_regclass(quote_ident(item)) and a.amname = 'hnsw' loop
            execute format('drop index %s', hnsw);
        end loop;
        execute format('create index %I on %I using hnsw (embedding vector_cosine_ops) where in_index', left(item, 50) || '_embedding', item);
        execute format('create index %I on %I (user_id, in_index)', left(item, 50) || '_young', item);
        -- Vectors beside their rows: out of line, each one that is read costs several pages more. A page must hold it with the rest of its row.
        if (select atttypmod from pg_attribute where attrelid = to_regclass(quote_ident(item)) and attname = 'embedding') <= 1800 then
            execute format('alter table %I alter column embedding set storage plain', item);
            for part in select relid from pg_partition_tree(to_regclass(quote_ident(item))) where isleaf loop
                execute format('alter table %s set (toast_tuple_target = 8160)', part);
            end loop;
        end if;
    end loop;
end $$;
