-- Short addresses for forms, as they stand in letters. A link outlives its client, which may be taken away and registered
-- anew under the same id: what is printed cannot be called back. So `client_id` refers to nothing.
CREATE TABLE short_links (
    slug            TEXT PRIMARY KEY,
    client_id       TEXT NOT NULL,
    target_link_uri TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    last_used_at    TIMESTAMPTZ
);
