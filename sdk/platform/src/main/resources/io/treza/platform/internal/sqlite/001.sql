-- Times are milliseconds since 1970; a version is 1 for what was just inserted.
create table enclaves (
  id text primary key,
  wallet text not null,
  created_at integer not null,
  version integer not null,
  updated_at integer not null,
  status text not null,
  attempts integer not null,
  error_message text,
  asked text not null,
  image text not null,
  region text not null,
  cpu_count integer not null,
  memory_mib integer not null,
  debug_mode integer not null
) without rowid;
create index enclaves_by_wallet on enclaves (wallet, created_at, id);

create table tasks (
  id text primary key,
  wallet text not null,
  created_at integer not null,
  version integer not null,
  updated_at integer not null,
  name text not null,
  description text not null,
  enclave_id text not null,
  schedule text not null,
  status text not null,
  last_run integer
) without rowid;
create index tasks_by_wallet on tasks (wallet, created_at, id);

-- permissions: separated by one space, of which they contain none.
create table api_keys (
  id text primary key,
  wallet text not null,
  created_at integer not null,
  version integer not null,
  updated_at integer not null,
  name text not null,
  hash text not null unique,
  prefix text not null,
  permissions text not null,
  status text not null,
  last_used integer
) without rowid;
create index api_keys_by_wallet on api_keys (wallet, created_at, id);

create table requests (
  request_key text primary key,
  body_hash text not null,
  enclave_id text not null,
  created_at integer not null
) without rowid;
create index requests_by_age on requests (created_at);

create table logs (
  position integer primary key autoincrement,
  enclave_id text not null,
  kind text not null,
  time integer not null,
  text text not null
);
create index logs_of_enclave on logs (enclave_id, kind, position);
