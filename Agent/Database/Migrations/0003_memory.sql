-- What the turns need besides the messages.

-- Every change of the working memory with the message it came from: the answer to "why do you think that?".
create table profile_changes (
    id bigint generated always as identity,
    user_id uuid not null references users on delete cascade,
    thread_id uuid not null,
    message_id bigint not null,
    field text not null,
    old_value jsonb,
    new_value jsonb,
    changed_at timestamptz not null default clock_timestamp(),
    primary key (user_id, id)
);

-- Running summary of what has left a thread's history window.
create table thread_summaries (
    user_id uuid not null,
    thread_id uuid not null,
    summary text not null,
    through_message_id bigint not null,
    through_created_at timestamptz not null,
    updated_at timestamptz not null default clock_timestamp(),
    primary key (user_id, thread_id),
    foreign key (user_id, thread_id) references threads (user_id, id) on delete cascade
);

-- A retried post answers with the first result. response is null until the turn is complete.
create table idempotency_keys (
    user_id uuid not null references users on delete cascade,
    key text not null check (length(key) <= 200),
    thread_id uuid not null,
    request_hash bytea not null,
    message_id bigint not null,
    response jsonb,
    created_at timestamptz not null default clock_timestamp(),
    primary key (user_id, key)
);
create index idempotency_keys_age on idempotency_keys (user_id, created_at);

-- Embeddings by content, per user: what one person writes is never looked up for another.
create table embedding_cache (
    user_id uuid not null references users on delete cascade,
    model text not null,
    content_hash bytea not null,
    embedding real[] not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (user_id, model, content_hash)
);

-- Which model filled which table: vectors of two models never compare.
create table embedding_models (
    model text not null,
    dimensions int not null check (dimensions between 1 and 2000),
    table_name text not null unique,
    created_at timestamptz not null default clock_timestamp(),
    primary key (model, dimensions)
);
