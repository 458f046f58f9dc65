-- Settings of the senders of messages that can change while nodes run. The value is sealed with the name as associated
-- data.
CREATE TABLE sender_settings (
    name       TEXT PRIMARY KEY,
    sealed     BLOB NOT NULL,
    updated_at INTEGER NOT NULL
);
