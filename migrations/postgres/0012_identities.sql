-- Sign-ins at identity providers that open an account: by issuer and subject, never by address. `email` is what the provider
-- said last, for the pages.
CREATE TABLE identities (
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    account_id   UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    provider     TEXT NOT NULL,
    email        TEXT,
    linked_at    TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_account ON identities (account_id);

-- Sign-ins under way at a provider, by the hash of their `state`. Taking one up deletes it.
CREATE TABLE upstream_requests (
    state_hash BYTEA PRIMARY KEY,
    sealed     TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX upstream_requests_by_age ON upstream_requests (expires_at);

-- Who has no account yet, in a transaction: who came back from a provider, or has proven an address to make one. Sealed.
CREATE TABLE newcomers (
    transaction_id TEXT PRIMARY KEY,
    sealed         TEXT NOT NULL,
    came_at        TIMESTAMPTZ NOT NULL
);
CREATE INDEX newcomers_by_age ON newcomers (came_at);

-- The provider that a grant rests on: disabled, it ends what came from it.
ALTER TABLE grants ADD COLUMN provider TEXT;
-- What the client knew the person by before, where that is another subject.
ALTER TABLE grants ADD COLUMN previous_sub TEXT;

-- Guests belong to one client, and are over at a time unless they are the one that all guests of the client share.
ALTER TABLE accounts ADD COLUMN guest_of TEXT;
ALTER TABLE accounts ADD COLUMN guest_until TIMESTAMPTZ;
CREATE UNIQUE INDEX accounts_shared_guest ON accounts (guest_of) WHERE guest_until IS NULL;
CREATE INDEX accounts_guests_by_age ON accounts (guest_until) WHERE guest_until IS NOT NULL;

-- The subject that a client knows an account by, where that is not the account's own: it was here as a guest before.
CREATE TABLE client_subjects (
    client_id  TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sub        TEXT NOT NULL,
    PRIMARY KEY (client_id, account_id),
    UNIQUE (client_id, sub)
);

-- What became of requests to delete data that a provider passed on, by the code that it was given. They name nobody.
CREATE TABLE upstream_deletions (
    code     TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    at       TIMESTAMPTZ NOT NULL
);
