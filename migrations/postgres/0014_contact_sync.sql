-- People as back offices know them: an id in the namespace of one client, and the account that it stands for. Without an
-- account for a moment only: whoever makes it holds the row.
CREATE TABLE external_ids (
    client_id   TEXT NOT NULL,
    external_id TEXT NOT NULL,
    account_id  UUID REFERENCES accounts (id) ON DELETE CASCADE,
    created_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (client_id, external_id)
);
CREATE INDEX external_ids_by_account ON external_ids (account_id);

-- Addresses that a back office pushed for one person while another signs in with them. A row stays when it is decided, so that
-- the same push is not asked about again.
CREATE TABLE contact_conflicts (
    id          UUID PRIMARY KEY,
    client_id   TEXT NOT NULL,
    external_id TEXT NOT NULL,
    wanted      TEXT NOT NULL,
    holder_id   UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    opened_at   TIMESTAMPTZ NOT NULL,
    decision    TEXT,
    decided_at  TIMESTAMPTZ,
    UNIQUE (client_id, external_id, wanted, holder_id)
);
CREATE INDEX contact_conflicts_open ON contact_conflicts (opened_at) WHERE decision IS NULL;

-- Until then whoever was pushed, and has no password, may choose one with a code to their address: they were invited.
ALTER TABLE accounts ADD COLUMN invited_until TIMESTAMPTZ;
