-- When a model's table had a vector of every message. It is null while a run of reembed has not come to its end: the memory is another model's
-- until then.
alter table embedding_models add column completed_at timestamptz default clock_timestamp();
