-- Threads and their messages. Every key begins with the user, so that the tables can be distributed by it.
create table threads (
    id uuid not null,
    user_id uuid not null references users on delete cascade,
    title text,
    created_at timestamptz not null default clock_timestamp(),
    last_message_at timestamptz,
    primary key (user_id, id)
);
create index threads_by_age on threads (user_id, created_at desc, id desc);

create sequence messages_id_seq;

-- agent.partitions is set by the migrator: 0 makes plain tables, n makes n hash partitions by user.
do $$
declare
    partitions int := coalesce(nullif(current_setting('agent.partitions', true), ''), '0')::int;
    partitioning text := case when partitions > 0 then 'partition by hash (user_id)' else '' end;
begin
    execute format($ddl$
        create table messages (
            id bigint not null default nextval('messages_id_seq'),
            user_id uuid not null,
            thread_id uuid not null,
            role text not null check (role in ('user', 'assistant')),
            content text not null,
            metadata jsonb not null default '{}',
            created_at timestamptz not null default clock_timestamp(),
            primary key (user_id, id),
            foreign key (user_id, thread_id) references threads (user_id, id) on delete cascade
        ) %s $ddl$, partitioning);
    execute format($ddl$
        create table vectors (
            user_id uuid not null,
            message_id bigint not null,
            thread_id uuid not null,
            embedding vector(1536) not null,
            content text not null,
            metadata jsonb not null default '{}',
            created_at timestamptz not null,
            primary key (user_id, message_id),
            foreign key (user_id, message_id) references messages (user_id, id) on delete cascade
        ) %s $ddl$, partitioning);
    for remainder in 0 .. partitions - 1 loop
        execute format('create table messages_p%s partition of messages for values with (modulus %s, remainder %s)',
            remainder, partitions, remainder);
        execute format('create table vectors_p%s partition of vectors for values with (modulus %s, remainder %s)',
            remainder, partitions, remainder);
    end loop;
end $$;

alter sequence messages_id_seq owned by messages.id;

-- Order of a thread: time, then id, because two messages can bear the same microsecond.
create index messages_in_order on messages (user_id, thread_id, created_at desc, id desc);
create index vectors_embedding on vectors using hnsw (embedding vector_cosine_ops);
