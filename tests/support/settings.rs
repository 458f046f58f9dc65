//! The configuration file of a server under test, and where its state lives.
//!
//! The only place that knows configuration keys: `idp config example` documents them.

use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Which stores the suite runs on, chosen once by the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// SQLite and memory: nothing to install.
    Sqlite,
    /// The addresses of a PostgreSQL server (with the right to create databases) and of a Redis server.
    Postgres { postgres: String, redis: String },
}

impl Backend {
    pub fn chosen() -> Self {
        match (std::env::var("IDP_TEST_POSTGRES_URL"), std::env::var("IDP_TEST_REDIS_URL")) {
            (Ok(postgres), Ok(redis)) => Self::Postgres { postgres, redis },
            (Err(_), Err(_)) => Self::Sqlite,
            _ => panic!("set both IDP_TEST_POSTGRES_URL and IDP_TEST_REDIS_URL, or neither"),
        }
    }
}

/// The stores of one server, or of all nodes of one cluster.
#[derive(Debug, Clone)]
pub struct Stores {
    pub database_url: String,
    pub redis_url: Option<String>,
}

impl Stores {
    /// A SQLite file in this folder.
    pub fn sqlite(folder: &Path) -> Self {
        Self { database_url: format!("sqlite:{}", folder.join("idp.sqlite").display()), redis_url: None }
    }

    /// A new PostgreSQL database, as a copy of `template` if there is one, and a Redis database of its own.
    pub async fn postgres(postgres: &str, redis: &str, template: Option<&str>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("t{}_{n}", std::process::id());
        let copy = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
        execute(postgres, format!("CREATE DATABASE {name}{copy}")).await;
        let mut url: url::Url = postgres.parse().expect("a database URL");
        url.set_path(&name);
        let redis = format!("{}/{}", redis.trim_end_matches('/'), n % 250);
        Self { database_url: url.into(), redis_url: Some(redis) }
    }

    pub fn database_name(&self) -> &str {
        self.database_url.rsplit('/').next().unwrap_or_default()
    }
}

/// Runs one statement on a PostgreSQL server.
pub async fn execute(url: &str, statement: String) {
    use sqlx::{AssertSqlSafe, Connection};
    let mut connection = sqlx::PgConnection::connect(url).await.expect("PostgreSQL answers");
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.expect("a statement");
    connection.close().await.expect("a clean end");
}

/// The tables of a database that have this text in any row, whatever its case.
pub async fn tables_with(stores: &Stores, text: &str) -> Vec<String> {
    use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
    // A row as text, which SQLite has of single columns only.
    let of_sqlite = "SELECT m.name, group_concat('coalesce(CAST(\"' || c.name || '\" AS TEXT), '''')', ' || ') \
                     FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' GROUP BY m.name";
    let of_postgres = "SELECT CAST(tablename AS TEXT), 'CAST(x AS TEXT)' FROM pg_tables WHERE schemaname = 'public'";
    let text = text.to_lowercase();
    macro_rules! search {
        ($connection:ty, $tables:expr) => {{
            let connecting = <$connection>::connect(&stores.database_url);
            let (mut connection, mut found) = (connecting.await.expect("the database answers"), Vec::new());
            let tables = sqlx::query_as::<_, (String, String)>($tables).fetch_all(&mut connection);
            for (table, row) in tables.await.expect("the tables") {
                let count = format!("SELECT count(*) FROM \"{table}\" x WHERE lower({row}) LIKE '%{text}%'");
                let rows = sqlx::query_scalar::<_, i64>(AssertSqlSafe(count)).fetch_one(&mut connection);
                if rows.await.expect("a count") > 0 {
                    found.push(table);
                }
            }
            connection.close().await.expect("a clean end");
            found
        }};
    }
    match Backend::chosen() {
        Backend::Sqlite => search!(SqliteConnection, of_sqlite),
        Backend::Postgres { .. } => search!(PgConnection, of_postgres),
    }
}

/// What a configuration file is made of.
#[derive(Debug)]
pub struct Settings<'a> {
    pub issuer: &'a str,
    pub listen: u16,
    pub metrics: u16,
    pub stores: &'a Stores,
    pub folder: &'a Path,
    /// Whether messages stay in the development inbox.
    pub inbox: bool,
    /// Lines added at the end, such as further sections.
    pub extra: &'a str,
}

impl Settings<'_> {
    /// The file's text: `extra` may set a key again only in a section of its own.
    pub fn toml(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "[server]\nissuer = {:?}\nlisten = \"127.0.0.1:{}\"", self.issuer, self.listen);
        let _ = writeln!(out, "metrics_listen = \"127.0.0.1:{}\"", self.metrics);
        let _ = writeln!(out, "\n[store]\nurl = {:?}", self.stores.database_url);
        if let Some(redis) = &self.stores.redis_url {
            let _ = writeln!(out, "\n[ephemeral]\nredis_url = {redis:?}");
        }
        let _ = writeln!(out, "\n[keys]\nmaster_key_file = \"{}\"", self.folder.join("master.key").display());
        let _ = writeln!(out, "\n[development]\ninbox = {}\nclock = true\n\n{}", self.inbox, self.extra);
        out
    }
}
