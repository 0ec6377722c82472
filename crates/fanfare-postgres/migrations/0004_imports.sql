-- An installation that was or is being taken over from another backend: how many chunks of each kind
-- of rows are here. While one is not verified no server starts on the database.
CREATE TABLE imports (
    kind text PRIMARY KEY,
    export text NOT NULL,
    chunks bigint NOT NULL,
    verified_at timestamptz
);
