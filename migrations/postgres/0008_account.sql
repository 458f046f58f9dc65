-- The browser that a session was begun with, as its User-Agent names it: “browser;system”.
ALTER TABLE sessions ADD COLUMN device TEXT;

-- The clients that an account has signed in at. Grants are purged; this is what is left of them.
CREATE TABLE account_clients (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    client_id  TEXT NOT NULL,
    last_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, client_id)
);

-- A contact that its owner wants to change. The old one stays in force until the new one is proven. `id` is the
-- transaction under which the codes are asked for; `taken` says that somebody else signs in with the address, which the
-- person who asks must not learn.
CREATE TABLE contact_changes (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    value      TEXT NOT NULL,
    factor     TEXT NOT NULL,
    taken      BOOLEAN NOT NULL,
    old_proven BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, kind)
);
CREATE INDEX contact_changes_by_age ON contact_changes (expires_at);

-- What a “this was not me” link puts back. Single use.
CREATE TABLE contact_reverts (
    id         UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    old_value  TEXT NOT NULL,
    old_state  TEXT NOT NULL,
    new_value  TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);
CREATE INDEX contact_reverts_by_age ON contact_reverts (expires_at);
CREATE INDEX contact_reverts_by_account ON contact_reverts (account_id);
