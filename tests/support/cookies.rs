//! A browser's cookie jar for one host (RFC 6265 with the name prefixes of its successor).

/// A cookie as the browser keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    pub name: String,
    pub value: String,
    pub path: String,
    pub secure: bool,
    pub http_only: bool,
    pub same_site: Option<String>,
    /// Seconds to live; none for a cookie of the browser's session.
    pub max_age: Option<i64>,
    pub domain: Option<String>,
}

/// The cookies of one browser at one host.
#[derive(Debug, Clone, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
    /// Every cookie ever set, as it came: for scans of attributes.
    pub seen: Vec<Cookie>,
    /// A browser with cookies off keeps none.
    pub off: bool,
}

impl Jar {
    /// Takes one `Set-Cookie` header. A `__Host-` cookie that breaks its own rules fails the test: browsers drop it.
    pub fn store(&mut self, header: &str, page_path: &str) {
        let cookie = parse(header, page_path);
        if cookie.name.starts_with("__Host-") {
            let kept = cookie.secure && cookie.path == "/" && cookie.domain.is_none();
            assert!(kept, "browsers drop this cookie: {header}");
        }
        self.seen.push(cookie.clone());
        if self.off {
            return;
        }
        self.cookies.retain(|old| old.name != cookie.name || old.path != cookie.path);
        if cookie.max_age.is_none_or(|age| age > 0) {
            self.cookies.push(cookie);
        }
    }

    /// The `Cookie` header for a request to this path. localhost counts as secure, as in browsers.
    pub fn header(&self, path: &str) -> Option<String> {
        let sent = self.cookies.iter().filter(|cookie| matches(path, &cookie.path));
        let pairs: Vec<_> = sent.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    pub fn all(&self) -> &[Cookie] {
        &self.cookies
    }

    /// Puts cookies in as if they had come from somewhere else (fixation, replay).
    pub fn plant(&mut self, cookies: &[Cookie]) {
        for cookie in cookies {
            self.cookies.retain(|old| old.name != cookie.name || old.path != cookie.path);
            self.cookies.push(cookie.clone());
        }
    }

    pub fn clear(&mut self) {
        self.cookies.clear();
    }
}

fn parse(header: &str, page_path: &str) -> Cookie {
    let mut parts = header.split(';');
    let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie has a name and a value");
    let mut cookie = Cookie {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
        path: page_path.rfind('/').filter(|at| *at > 0).map_or("/", |at| &page_path[..at]).to_owned(),
        secure: false,
        http_only: false,
        same_site: None,
        max_age: None,
        domain: None,
    };
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
            "max-age" => cookie.max_age = value.parse().ok(),
            "expires" if value.contains("1970") => cookie.max_age = Some(0),
            "secure" => cookie.secure = true,
            "httponly" => cookie.http_only = true,
            "samesite" => cookie.same_site = Some(value.to_ascii_lowercase()),
            "domain" => cookie.domain = Some(value.to_owned()),
            _ => {}
        }
    }
    cookie
}

fn matches(request: &str, cookie: &str) -> bool {
    let rest = request.strip_prefix(cookie);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie.ends_with('/'))
}

#[test]
fn the_jar_sends_by_path_replaces_and_deletes() {
    let mut jar = Jar::default();
    jar.store("__Host-sid-8080=1; Path=/; Secure; HttpOnly; SameSite=Lax", "/sign-in");
    jar.store("step=a; path=/mfa", "/sign-in");
    assert_eq!(jar.header("/mfa/code").as_deref(), Some("__Host-sid-8080=1; step=a"));
    assert_eq!(jar.header("/mfaa").as_deref(), Some("__Host-sid-8080=1"));
    jar.store("__Host-sid-8080=; Path=/; Secure; Max-Age=0", "/");
    assert_eq!(jar.header("/"), None);
    assert_eq!(jar.seen.len(), 3);
}
