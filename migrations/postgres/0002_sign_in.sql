-- Relying parties. `secret_tag` is an HMAC of the client secret under a key that is not in the database.
CREATE TABLE clients (
    id                TEXT PRIMARY KEY,
    metadata          JSONB NOT NULL,
    policy            JSONB NOT NULL,
    secret_tag        BYTEA,
    enabled           BOOLEAN NOT NULL,
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL,
    first_accessed_at TIMESTAMPTZ
);

-- People. `profile` holds their standard claims but for email and phone, which are contacts. `mfa_reset`: a help desk
-- took their second factors away, and none was set up since.
CREATE TABLE accounts (
    id         UUID PRIMARY KEY,
    sub        TEXT NOT NULL UNIQUE,
    class      TEXT NOT NULL,
    status     TEXT NOT NULL,
    profile    JSONB NOT NULL,
    locale     TEXT,
    mfa_on     BOOLEAN NOT NULL,
    mfa_reset  BOOLEAN NOT NULL,
    mfa_since  TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- What somebody types to sign in: unique in each class, never across.
CREATE TABLE sign_in_names (
    class      TEXT NOT NULL,
    name       TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (class, name)
);
CREATE INDEX sign_in_names_by_account ON sign_in_names (account_id);

-- Addresses and numbers. At most one default of each kind.
CREATE TABLE contacts (
    id             UUID PRIMARY KEY,
    account_id     UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind           TEXT NOT NULL,
    value          TEXT NOT NULL,
    state          TEXT NOT NULL,
    is_default     BOOLEAN NOT NULL,
    external_owner TEXT,
    created_at     TIMESTAMPTZ NOT NULL,
    state_at       TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX contacts_default ON contacts (account_id, kind) WHERE is_default;
CREATE INDEX contacts_by_account ON contacts (account_id);

CREATE TABLE passwords (
    account_id UUID PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    phc        TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- Authenticator apps. The secret is sealed with the account as associated data.
CREATE TABLE authenticators (
    account_id UUID PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    secret     BYTEA NOT NULL,
    enabled_at TIMESTAMPTZ NOT NULL
);

-- An authenticator that somebody is setting up within one sign-in; nothing is enrolled before it is enabled.
CREATE TABLE authenticator_enrolments (
    transaction_id TEXT PRIMARY KEY,
    account_id     UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    secret         BYTEA NOT NULL,
    confirmed_at   TIMESTAMPTZ,
    created_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX authenticator_enrolments_by_age ON authenticator_enrolments (created_at);

-- Which second factors an account has set up or used at which client.
CREATE TABLE factor_uses (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    client_id  TEXT NOT NULL,
    factor     TEXT NOT NULL,
    first_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, client_id, factor)
);

-- What was proven, or is being asked, in one transaction: one row a method. A code is asked for while `given_at` is
-- null; the statement that counts a try is the one that fills it in.
CREATE TABLE proofs (
    transaction_id TEXT NOT NULL,
    method         TEXT NOT NULL,
    account_id     UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    destination    TEXT,
    challenge_id   UUID,
    asked_at       TIMESTAMPTZ NOT NULL,
    expires_at     TIMESTAMPTZ,
    last_sent_at   TIMESTAMPTZ,
    sends          BIGINT NOT NULL,
    tries          BIGINT NOT NULL,
    given_at       TIMESTAMPTZ,
    PRIMARY KEY (transaction_id, method)
);
CREATE INDEX proofs_by_age ON proofs (asked_at);
CREATE INDEX proofs_by_account ON proofs (account_id);

-- Requests too large to travel in a URL, sealed.
CREATE TABLE parked_requests (
    id         TEXT PRIMARY KEY,
    sealed     TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX parked_requests_by_age ON parked_requests (expires_at);

-- Browsers that someone signed in with. `token_hash` changes at each raise, `sid` never.
CREATE TABLE sessions (
    id           UUID PRIMARY KEY,
    token_hash   BYTEA NOT NULL UNIQUE,
    sid          TEXT NOT NULL UNIQUE,
    account_id   UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    proofs       JSONB NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    ended_at     TIMESTAMPTZ
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_age ON sessions (last_seen_at);

-- What an account allowed a client on one occasion, with the code that tells it. Revoking the row ends everything that
-- came from it. One transaction makes at most one grant.
CREATE TABLE grants (
    id              UUID PRIMARY KEY,
    transaction_id  TEXT NOT NULL UNIQUE,
    client_id       TEXT NOT NULL,
    account_id      UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    session_id      UUID NOT NULL,
    scopes          TEXT NOT NULL,
    acr             TEXT NOT NULL,
    amr             JSONB NOT NULL,
    auth_time       TIMESTAMPTZ NOT NULL,
    nonce           TEXT,
    claims          JSONB NOT NULL,
    redirect_uri    TEXT NOT NULL,
    code_challenge  TEXT,
    code_hash       BYTEA NOT NULL UNIQUE,
    code_expires_at TIMESTAMPTZ NOT NULL,
    revoked_at      TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX grants_by_account ON grants (account_id);
CREATE INDEX grants_by_session ON grants (session_id);
CREATE INDEX grants_by_age ON grants (created_at);

-- Access tokens, by hash. The first of a grant redeems its code, and only one can. Those of the client credentials grant have no grant row.
CREATE TABLE access_tokens (
    hash       BYTEA PRIMARY KEY,
    grant_id   UUID REFERENCES grants (id) ON DELETE CASCADE,
    redeems    UUID UNIQUE,
    client_id  TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX access_tokens_by_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_by_age ON access_tokens (expires_at);

-- What an account agreed to share with a client, remembered between sign-ins.
CREATE TABLE consents (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    client_id  TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    agreed_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, client_id)
);

-- Guesses at a password, by HMAC of the canonical address: there is a row whether or not the account exists.
CREATE TABLE sign_in_budgets (
    key           BYTEA PRIMARY KEY,
    used          BIGINT NOT NULL,
    failed_in_row BIGINT NOT NULL,
    last_at       TIMESTAMPTZ NOT NULL,
    blocked_until TIMESTAMPTZ
);
CREATE INDEX sign_in_budgets_by_age ON sign_in_budgets (last_at);

-- What an account has spent on second factors: wrong codes, messages, and the last authenticator step accepted.
CREATE TABLE factor_budgets (
    account_id          UUID PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    wrong               BIGINT NOT NULL,
    wrong_in_row        BIGINT NOT NULL,
    last_wrong_at       TIMESTAMPTZ,
    totp_step           BIGINT NOT NULL,
    sends_unanswered    BIGINT NOT NULL,
    last_sent_at        TIMESTAMPTZ,
    sends_blocked_until TIMESTAMPTZ
);

-- Keys that sign tokens; the private part is sealed with kid and algorithm as associated data.
CREATE TABLE signing_keys (
    kid          TEXT PRIMARY KEY,
    alg          TEXT NOT NULL,
    sealed_pkcs8 BYTEA NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    active_from  TIMESTAMPTZ,
    retired_at   TIMESTAMPTZ,
    revoked_at   TIMESTAMPTZ
);

-- Facts of the installation, such as the check value of the master key.
CREATE TABLE installation (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Single-use invitations of administrators, by hash.
CREATE TABLE invitations (
    token_hash BYTEA PRIMARY KEY,
    role       TEXT NOT NULL,
    secret     BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);

-- What an administrator may do.
CREATE TABLE roles (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role       TEXT NOT NULL,
    granted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, role)
);
