-- Backup codes: one set an account, which new codes replace whole. `tag` is an HMAC of the code under a key that is not
-- here; a used one stays until its set is replaced, so that using it again can be told from a mistake.
CREATE TABLE backup_code_sets (
    account_id UUID PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    made_at    TIMESTAMPTZ NOT NULL
);
CREATE TABLE backup_codes (
    account_id UUID NOT NULL REFERENCES backup_code_sets (account_id) ON DELETE CASCADE,
    tag        TEXT NOT NULL,
    used_at    TIMESTAMPTZ,
    PRIMARY KEY (account_id, tag)
);

-- Browsers that stand in for the second factor of one account at one client, for as long as the client's policy is what
-- it was. `token_hash` is the hash of the browser's cookie, which all rows of one browser share.
CREATE TABLE remembered_devices (
    id             UUID PRIMARY KEY,
    token_hash     BYTEA NOT NULL,
    account_id     UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    client_id      TEXT NOT NULL,
    policy_version BYTEA NOT NULL,
    remembered_at  TIMESTAMPTZ NOT NULL,
    last_used_at   TIMESTAMPTZ NOT NULL,
    expires_at     TIMESTAMPTZ NOT NULL,
    UNIQUE (token_hash, client_id, account_id)
);
CREATE INDEX remembered_devices_of_account ON remembered_devices (account_id);
CREATE INDEX remembered_devices_by_expiry ON remembered_devices (expires_at);
