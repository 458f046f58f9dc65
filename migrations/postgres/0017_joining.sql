-- Subjects that a client knew an account by before: of accounts that were joined to it. They are told with every ID token.
CREATE TABLE previous_subjects (
    client_id  TEXT NOT NULL,
    sub        TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    joined_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (client_id, sub)
);
CREATE INDEX previous_subjects_by_account ON previous_subjects (account_id, client_id);

-- What the account is called inside this passkey, where that is not what it is called inside the others: it was made for an
-- account that was joined to this one.
ALTER TABLE passkeys ADD COLUMN handle UUID;

-- Whether the name came with an account that was joined: it stays when the account's own name becomes another one.
ALTER TABLE sign_in_names ADD COLUMN joined BOOLEAN NOT NULL DEFAULT FALSE;
