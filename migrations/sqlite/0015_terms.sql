-- The version of the council's terms that the account's holder last agreed to, and when.
ALTER TABLE accounts ADD COLUMN terms_version TEXT;
ALTER TABLE accounts ADD COLUMN terms_agreed_at INTEGER;
