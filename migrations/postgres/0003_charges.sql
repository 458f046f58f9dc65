-- Who is charged: a council, or a part of one. A client belongs to one.
CREATE TABLE organisations (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
INSERT INTO organisations (id, name, created_at) VALUES ('default', 'Default organisation', NOW());
ALTER TABLE clients ADD COLUMN organisation TEXT NOT NULL DEFAULT 'default';

-- Prices, each from a day (of Europe/London) on. Rows are only ever added. Money is millionths of a pound, here and below.
CREATE TABLE tariffs (
    id         UUID PRIMARY KEY,
    plan       TEXT NOT NULL,
    channel    TEXT NOT NULL,
    prefix     TEXT NOT NULL,
    unit       TEXT NOT NULL,
    unit_price BIGINT NOT NULL,
    from_day   TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (plan, channel, prefix, from_day)
);

-- Free messages a financial year, from 1 April of a year on. Rows are only ever added.
CREATE TABLE allowances (
    id         UUID PRIMARY KEY,
    plan       TEXT NOT NULL,
    free       BIGINT NOT NULL,
    from_day   TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (plan, from_day)
);

-- How much of a year's allowance is gone, and how much of it the last send took.
CREATE TABLE allowance_uses (
    plan       TEXT NOT NULL,
    year       BIGINT NOT NULL,
    used       BIGINT NOT NULL,
    last_taken BIGINT NOT NULL,
    PRIMARY KEY (plan, year)
);

-- The ledger: one row a send that a provider accepted, by the reference that we gave it, so that no send is charged twice. It
-- outlives the person (whose id is taken out), the client and the tariff. `amount` is due when `billable`.
CREATE TABLE charges (
    id           UUID PRIMARY KEY,
    client_id    TEXT NOT NULL,
    organisation TEXT NOT NULL,
    account_id   UUID,
    entry        TEXT NOT NULL,
    purpose      TEXT NOT NULL,
    channel      TEXT NOT NULL,
    country      TEXT,
    parts        BIGINT NOT NULL,
    unit         TEXT NOT NULL,
    units        BIGINT NOT NULL,
    unit_price   BIGINT NOT NULL,
    free_units   BIGINT NOT NULL,
    amount       BIGINT NOT NULL,
    plan         TEXT,
    tariff_id    UUID,
    billable     BOOLEAN NOT NULL,
    sender       TEXT NOT NULL,
    provider_id  TEXT,
    status       TEXT NOT NULL,
    status_rank  BIGINT NOT NULL,
    status_at    TIMESTAMPTZ NOT NULL,
    corrects     UUID,
    reason       TEXT,
    created_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX charges_by_time ON charges (created_at, id);
CREATE INDEX charges_by_client ON charges (client_id, created_at);
CREATE INDEX charges_by_account ON charges (account_id);
CREATE INDEX charges_by_provider ON charges (sender, provider_id);

-- Caps on what a client may spend, by the name that its policy refers to.
CREATE TABLE spend_caps (
    name       TEXT PRIMARY KEY,
    daily      BIGINT,
    monthly    BIGINT,
    updated_at TIMESTAMPTZ NOT NULL
);

-- What a client has spent in the current day and month, and up to which percentage of its cap somebody was told.
CREATE TABLE client_spend (
    client_id   TEXT PRIMARY KEY,
    day         TEXT NOT NULL,
    day_spent   BIGINT NOT NULL,
    day_alert   BIGINT NOT NULL,
    month       TEXT NOT NULL,
    month_spent BIGINT NOT NULL,
    month_alert BIGINT NOT NULL
);

-- Sends of a client and the right codes that followed them, by the five minutes of the send.
CREATE TABLE send_conversions (
    client_id TEXT NOT NULL,
    bucket    BIGINT NOT NULL,
    sent      BIGINT NOT NULL,
    verified  BIGINT NOT NULL,
    PRIMARY KEY (client_id, bucket)
);

-- Sends to one number, or to the numbers that begin alike, by HMAC.
CREATE TABLE number_budgets (
    key           BYTEA PRIMARY KEY,
    unanswered    BIGINT NOT NULL,
    total         BIGINT NOT NULL,
    since         TIMESTAMPTZ NOT NULL,
    last_at       TIMESTAMPTZ NOT NULL,
    blocked_until TIMESTAMPTZ
);
CREATE INDEX number_budgets_by_age ON number_budgets (last_at);
