-- Passkeys. `credential` is the public key with what was seen at registration; what changes with use has columns of its
-- own, so that a use is one conditional statement: the sign count must grow.
CREATE TABLE passkeys (
    id            UUID PRIMARY KEY,
    account_id    UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    credential_id BYTEA NOT NULL UNIQUE,
    credential    JSONB NOT NULL,
    name          TEXT NOT NULL,
    sign_count    BIGINT NOT NULL,
    backed_up     BOOLEAN NOT NULL,
    user_verified BOOLEAN NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    last_used_at  TIMESTAMPTZ
);
CREATE INDEX passkeys_of_account ON passkeys (account_id);

-- What an account is called inside passkeys: random, and told to nobody else.
CREATE TABLE passkey_users (
    account_id UUID PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    handle     UUID NOT NULL UNIQUE
);

-- Challenges that were asked of nobody in particular and travelled sealed in a page: once answered, they are here until
-- they would have expired.
CREATE TABLE spent_challenges (
    hash       BYTEA PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX spent_challenges_by_expiry ON spent_challenges (expires_at);

-- What the asking factor has to keep until it is answered, sealed; and what a proof has shown beyond its method.
ALTER TABLE proofs ADD COLUMN state BYTEA;
ALTER TABLE proofs ADD COLUMN details TEXT;
