//! One number for each kind of record that nodes keep in memory; see [`Tx::bump`](super::Tx::bump).

use super::statement::statements;

statements! {
    BUMP = "INSERT INTO revisions (name, value) VALUES ($1, 1) \
            ON CONFLICT (name) DO UPDATE SET value = revisions.value + 1";
    LIST = "SELECT name, value FROM revisions ORDER BY name";
}
