-- The audit trail. Rows are only ever added; `chain_no` and `hash` are filled in once, by the sealer.
-- `details` is JSON kept as text, so that the sealed bytes are the stored bytes.
CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    actor      TEXT NOT NULL,
    account    BLOB,
    client     TEXT,
    session    BLOB,
    address    TEXT,
    request_id TEXT,
    details    TEXT NOT NULL,
    chain_no   INTEGER UNIQUE,
    hash       BLOB
);
CREATE INDEX audit_unsealed ON audit (seq) WHERE chain_no IS NULL;
CREATE INDEX audit_by_account ON audit (account, seq);

-- Where the sealed chain ends: a cut tail does not match it.
CREATE TABLE audit_head (
    name     TEXT PRIMARY KEY,
    chain_no INTEGER NOT NULL,
    hash     BLOB NOT NULL
);

-- One number for each kind of record that the nodes cache; a node refreshes its cache when the number has changed.
CREATE TABLE revisions (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
