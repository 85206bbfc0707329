-- The peers' table, as an ORM makes it, with the index that their queries need.
CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    user_id text NOT NULL,
    title varchar(255) NOT NULL,
    description text,
    is_completed boolean NOT NULL,
    completed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    revision bigint NOT NULL
);
CREATE INDEX tasks_newest ON tasks (user_id, created_at DESC, id DESC);
