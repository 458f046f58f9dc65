-- Codes by email outside the second factors: to set a new password (`reset`), and to have a lost second factor taken
-- away (`recovery`). There is a row whether or not there is an account: `mailbox` is an HMAC of the address typed. `method`
-- says what the message says; only one that carries a code can be answered with it.
CREATE TABLE recovery_codes (
    transaction_id TEXT NOT NULL,
    purpose        TEXT NOT NULL,
    mailbox        BYTEA NOT NULL,
    account_id     UUID REFERENCES accounts (id) ON DELETE CASCADE,
    method         TEXT NOT NULL,
    destination    TEXT,
    challenge_id   UUID NOT NULL,
    asked_at       TIMESTAMPTZ NOT NULL,
    expires_at     TIMESTAMPTZ NOT NULL,
    last_sent_at   TIMESTAMPTZ NOT NULL,
    tries          BIGINT NOT NULL,
    spent_at       TIMESTAMPTZ,
    message_id     UUID NOT NULL,
    send_due_at    TIMESTAMPTZ,
    send_tries     BIGINT NOT NULL,
    send_as        JSONB NOT NULL,
    PRIMARY KEY (transaction_id, purpose)
);
CREATE INDEX recovery_codes_by_age ON recovery_codes (asked_at);
CREATE INDEX recovery_codes_by_mailbox ON recovery_codes (mailbox);
CREATE INDEX recovery_codes_by_account ON recovery_codes (account_id);
CREATE INDEX recovery_codes_to_send ON recovery_codes (send_due_at) WHERE send_due_at IS NOT NULL;

-- Second factors that their owner has lost, to be taken away when the wait is over, unless somebody stops it. At most
-- one is open for an account. `stop_hash` is the hash of what the links in the notices carry.
CREATE TABLE recoveries (
    id         UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    stop_hash  BYTEA NOT NULL UNIQUE,
    opened_at  TIMESTAMPTZ NOT NULL,
    ready_at   TIMESTAMPTZ NOT NULL,
    closed_at  TIMESTAMPTZ,
    closed_by  TEXT
);
CREATE UNIQUE INDEX recoveries_open ON recoveries (account_id) WHERE closed_at IS NULL;
