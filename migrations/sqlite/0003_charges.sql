-- Who is charged: a council, or a part of one. A client belongs to one.
CREATE TABLE organisations (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
INSERT INTO organisations (id, name, created_at) VALUES ('default', 'Default organisation', CAST(strftime('%s', 'now') AS INTEGER) * 1000000);
ALTER TABLE clients ADD COLUMN organisation TEXT NOT NULL DEFAULT 'default';

-- Prices, each from a day (of Europe/London) on. Rows are only ever added. Money is millionths of a pound, here and below.
CREATE TABLE tariffs (
    id         BLOB PRIMARY KEY,
    plan       TEXT NOT NULL,
    channel    TEXT NOT NULL,
    prefix     TEXT NOT NULL,
    unit       TEXT NOT NULL,
    unit_price INTEGER NOT NULL,
    from_day   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (plan, channel, prefix, from_day)
);

-- Free messages a financial year, from 1 April of a year on. Rows are only ever added.
CREATE TABLE allowances (
    id         BLOB PRIMARY KEY,
    plan       TEXT NOT NULL,
    free       INTEGER NOT NULL,
    from_day   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (plan, from_day)
);

-- How much of a year's allowance is gone, and how much of it the last send took.
CREATE TABLE allowance_uses (
    plan       TEXT NOT NULL,
    year       INTEGER NOT NULL,
    used       INTEGER NOT NULL,
    last_taken INTEGER NOT NULL,
    PRIMARY KEY (plan, year)
);

-- The ledger: one row a send that a provider accepted, by the reference that we gave it, so that no send is charged twice. It
-- outlives the person (whose id is taken out), the client and the tariff. `amount` is due when `billable`.
CREATE TABLE charges (
    id           BLOB PRIMARY KEY,
    client_id    TEXT NOT NULL,
    organisation TEXT NOT NULL,
    account_id   BLOB,
    entry        TEXT NOT NULL,
    purpose      TEXT NOT NULL,
    channel      TEXT NOT NULL,
    country      TEXT,
    parts        INTEGER NOT NULL,
    unit         TEXT NOT NULL,
    units        INTEGER NOT NULL,
    unit_price   INTEGER NOT NULL,
    free_units   INTEGER NOT NULL,
    amount       INTEGER NOT NULL,
    plan         TEXT,
    tariff_id    BLOB,
    billable     BOOLEAN NOT NULL,
    sender       TEXT NOT NULL,
    provider_id  TEXT,
    status       TEXT NOT NULL,
    status_rank  INTEGER NOT NULL,
    status_at    INTEGER NOT NULL,
    corrects     BLOB,
    reason       TEXT,
    created_at   INTEGER NOT NULL
);
CREATE INDEX charges_by_time ON charges (created_at, id);
CREATE INDEX charges_by_client ON charges (client_id, created_at);
CREATE INDEX charges_by_account ON charges (account_id);
CREATE INDEX charges_by_provider ON charges (sender, provider_id);

-- Caps on what a client may spend, by the name that its policy refers to.
CREATE TABLE spend_caps (
    name       TEXT PRIMARY KEY,
    daily      INTEGER,
    monthly    INTEGER,
    updated_at INTEGER NOT NULL
);

-- What a client has spent in the current day and month, and up to which percentage of its cap somebody was told.
CREATE TABLE client_spend (
    client_id   TEXT PRIMARY KEY,
    day         TEXT NOT NULL,
    day_spent   INTEGER NOT NULL,
    day_alert   INTEGER NOT NULL,
    month       TEXT NOT NULL,
    month_spent INTEGER NOT NULL,
    month_alert INTEGER NOT NULL
);

-- Sends of a client and the right codes that followed them, by the five minutes of the send.
CREATE TABLE send_conversions (
    client_id TEXT NOT NULL,
    bucket    INTEGER NOT NULL,
    sent      INTEGER NOT NULL,
    verified  INTEGER NOT NULL,
    PRIMARY KEY (client_id, bucket)
);

-- Sends to one number, or to the numbers that begin alike, by HMAC.
CREATE TABLE number_budgets (
    key           BLOB PRIMARY KEY,
    unanswered    INTEGER NOT NULL,
    total         INTEGER NOT NULL,
    since         INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    blocked_until INTEGER
);
CREATE INDEX number_budgets_by_age ON number_budgets (last_at);
