-- The audit trail. Rows are only ever added; `chain_no` and `hash` are filled in once, by the sealer.
-- `details` is JSON kept as text, so that the sealed bytes are the stored bytes.
CREATE TABLE audit (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         TIMESTAMPTZ NOT NULL,
    kind       TEXT NOT NULL,
    actor      TEXT NOT NULL,
    account    UUID,
    client     TEXT,
    session    UUID,
    address    TEXT,
    request_id TEXT,
    details    TEXT NOT NULL,
    chain_no   BIGINT UNIQUE,
    hash       BYTEA
);
CREATE INDEX audit_unsealed ON audit (seq) WHERE chain_no IS NULL;
CREATE INDEX audit_by_account ON audit (account, seq);

-- Where the sealed chain ends: a cut tail does not match it.
CREATE TABLE audit_head (
    name     TEXT PRIMARY KEY,
    chain_no BIGINT NOT NULL,
    hash     BYTEA NOT NULL
);

-- One number for each kind of record that the nodes cache; a node refreshes its cache when the number has changed.
CREATE TABLE revisions (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
