-- People, the keys they come with, and what is known of them. Ids are made by the service (UUID version 7).
create table users (
    id uuid primary key,
    email text not null unique check (email = lower(email) and length(email) <= 320),
    password_hash text,
    name text,
    interest text,
    has_completed_onboarding boolean not null default false,
    created_at timestamptz not null default clock_timestamp()
);

-- A key is found by its prefix and proved by its hash; the key itself is nowhere.
create table api_keys (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    name text not null default 'default',
    prefix text not null unique,
    hash bytea not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);
create index api_keys_user on api_keys (user_id, created_at);

-- Working memory. raw_data: fields as they were last given; filtered_data: cleaned, what the model and the person see.
create table profiles (
    user_id uuid primary key references users on delete cascade,
    username text,
    raw_data jsonb not null default '{}',
    filtered_data jsonb not null default '{}',
    projects jsonb not null default '[]' check (jsonb_typeof(projects) = 'array'),
    updated_at timestamptz not null default clock_timestamp()
);
