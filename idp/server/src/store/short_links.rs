//! Short links: the addresses of forms that people type from a letter.

use chrono::{DateTime, TimeDelta, Utc};

use super::statement::statements;
use super::{Conn, Db, Micros, StoreError, Tx};

statements! {
    LIST = "SELECT slug, client_id, target_link_uri, created_at, last_used_at FROM short_links ORDER BY slug";
    FIND = "SELECT slug, client_id, target_link_uri, created_at, last_used_at FROM short_links WHERE slug = $1";
    INSERT = "INSERT INTO short_links (slug, client_id, target_link_uri, created_at) VALUES ($1, $2, $3, $4) \
              ON CONFLICT (slug) DO NOTHING";
    USED = "UPDATE short_links SET last_used_at = $2 WHERE slug = $1 AND (last_used_at IS NULL OR last_used_at < $3)";
    DELETE = "DELETE FROM short_links WHERE slug = $1";
    COUNT = "SELECT COUNT(*) FROM short_links";
}

/// How exactly it is known when a link was last used: anybody can follow one, and few of them may cost a write.
const EXACTNESS: TimeDelta = TimeDelta::days(1);

#[derive(sqlx::FromRow)]
struct Row {
    slug: String,
    client_id: String,
    target_link_uri: String,
    created_at: Micros,
    last_used_at: Option<Micros>,
}

/// A short link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortLink {
    /// What stands behind `/go/`.
    pub slug: String,
    /// The client that starts the sign-in; it may be gone.
    pub client_id: String,
    /// Where the client leads to after the sign-in.
    pub target_link_uri: String,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
    /// When it was last followed, to within a day.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl From<Row> for ShortLink {
    fn from(row: Row) -> Self {
        Self {
            slug: row.slug,
            client_id: row.client_id,
            target_link_uri: row.target_link_uri,
            created_at: row.created_at.into(),
            last_used_at: row.last_used_at.map(Into::into),
        }
    }
}

impl ShortLink {
    /// Whether it was not used for so long that its use is noted again.
    #[must_use]
    pub fn is_to_be_noted(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_none_or(|last| last < now - EXACTNESS)
    }
}

/// All links.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn all(conn: &mut Conn) -> Result<Vec<ShortLink>, StoreError> {
    Ok(conn.query_as::<Row>(LIST).fetch_all().await?.into_iter().map(ShortLink::from).collect())
}

/// The link with that slug.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn find(conn: &mut Conn, slug: &str) -> Result<Option<ShortLink>, StoreError> {
    Ok(conn.query_as::<Row>(FIND).bind(slug).fetch_optional().await?.map(ShortLink::from))
}

/// Whether there are any.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn any(conn: &mut Conn) -> Result<bool, StoreError> {
    Ok(conn.query_scalar::<i64>(COUNT).fetch_one().await? > 0)
}

/// Adds one; `false` if the slug is taken.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn insert(tx: &mut Tx, link: ShortLink) -> Result<bool, StoreError> {
    let insert = tx.query(INSERT).bind(link.slug).bind(link.client_id).bind(link.target_link_uri);
    Ok(insert.bind(Micros(link.created_at)).execute().await? == 1)
}

/// Notes that a link was followed, at most once a day.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn note_use(db: &Db, slug: String, at: DateTime<Utc>) -> Result<(), StoreError> {
    db.execute(USED, move |used| used.bind(slug).bind(Micros(at)).bind(Micros(at - EXACTNESS))).await.map(drop)
}

/// Takes one away; the link that it was.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn delete(tx: &mut Tx, slug: &str) -> Result<Option<ShortLink>, StoreError> {
    let link = find(tx, slug).await?;
    tx.query(DELETE).bind(slug).execute().await?;
    Ok(link)
}
