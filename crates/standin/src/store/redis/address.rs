//! Where cassettes are in Redis: one server, a cluster, or what sentinels watch over.

use ::redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};
use percent_encoding::percent_decode_str;
use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// A Redis that keeps cassettes, and the prefix of their keys.
#[derive(Clone)]
pub struct SharedCassettes {
    topology: Topology,
    /// The address without credentials.
    shown: String,
    prefix: String,
}

/// What answers at an address.
#[derive(Debug, Clone)]
pub(super) enum Topology {
    Single(ConnectionInfo),
    /// Some of a cluster's nodes.
    Cluster(Vec<ConnectionInfo>),
    Sentinel(Sentinels),
}

/// Sentinels, and the service whose master they know.
#[derive(Debug, Clone)]
pub(super) struct Sentinels {
    pub(super) nodes: Vec<ConnectionInfo>,
    pub(super) service: String,
    /// How the master is talked to.
    pub(super) master: RedisConnectionInfo,
    pub(super) tls: bool,
}

/// Text that is no address of cassettes in Redis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{shown}` is no address of a Redis: {reason}. Use redis://[USER:PASSWORD@]HOST[:PORT][/DB], rediss:// for TLS, redis+cluster://HOST:PORT,HOST:PORT or redis+sentinel://HOST:PORT,HOST:PORT/SERVICE[/DB]"
)]
pub struct AddressError {
    shown: String,
    reason: String,
}

/// An address in its parts.
struct Parts<'a> {
    scheme: &'a str,
    credentials: Option<&'a str>,
    hosts: Vec<&'a str>,
    path: Vec<&'a str>,
    query: Option<&'a str>,
}

const SCHEMES: [&str; 8] = [
    "redis://",
    "rediss://",
    "valkey://",
    "valkeys://",
    "redis+cluster://",
    "rediss+cluster://",
    "redis+sentinel://",
    "rediss+sentinel://",
];
/// What an account of sentinels begins with; its password may have an @.
const SENTINEL_ACCOUNT: &str = "?sentinel_";
const PREFIX: &str = "standin:cassette:";
const LITELLM_PREFIX: &str = "litellm:vcr:cassette:";
const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

// === impl SharedCassettes ===

impl SharedCassettes {
    /// The prefix of LiteLLM's cassettes.
    pub const LITELLM_PREFIX: &'static str = LITELLM_PREFIX;

    /// Whether a text is an address, and no folder. Of which kind is told when it is read: one that is mistyped has
    /// a password all the same, and is nothing to name a folder after.
    #[must_use]
    pub fn is_address(text: &str) -> bool {
        let is_scheme = |word: &str| SCHEMES.iter().any(|known| known.strip_suffix("://") == Some(word));
        let mistyped = text.split_once(':').is_some_and(|(word, _)| is_scheme(&word.to_ascii_lowercase()));
        mistyped || text.contains("://")
    }

    /// The same, with keys that begin with this; with `standin:cassette:` where nothing is chosen.
    #[must_use]
    pub fn with_prefix(self, prefix: impl Into<String>) -> Self {
        SharedCassettes { prefix: prefix.into(), ..self }
    }

    /// What its keys begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The key of a cassette, as LiteLLM derives it from the path of a test's cassette: from the root of its
    /// tests, without the extension and without folders of the name `cassettes`.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        let stem = name.strip_suffix(".yaml").unwrap_or(name);
        let path = stem.replace("/cassettes/", "/");
        format!("{}{}", self.prefix, path.trim_start_matches(['.', '/']))
    }

    /// Whether this is the very Redis of another address: a cache of cassettes evicts, is flushed and fills up, and
    /// an application's own data does not belong there.
    #[must_use]
    pub fn is_same_as(&self, other: &str) -> bool {
        let Ok(other) = other.parse::<SharedCassettes>() else { return false };
        let places = other.places();
        self.places().iter().any(|place| places.contains(place))
    }

    /// Hosts, ports and databases.
    fn places(&self) -> Vec<(String, u16, i64)> {
        let place = |info: &ConnectionInfo, db: i64| {
            let (ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. }) = info.addr()
            else {
                return None;
            };
            let host = match host.to_ascii_lowercase() {
                host if matches!(host.as_str(), "localhost" | "::1") => "127.0.0.1".to_owned(),
                host => host,
            };
            Some((host, *port, db))
        };
        match &self.topology {
            Topology::Single(info) => place(info, info.redis_settings().db()).into_iter().collect(),
            Topology::Cluster(nodes) => nodes.iter().filter_map(|info| place(info, 0)).collect(),
            Topology::Sentinel(Sentinels { nodes, master, .. }) => {
                nodes.iter().filter_map(|info| place(info, master.db())).collect()
            }
        }
    }

    pub(super) fn topology(&self) -> &Topology {
        &self.topology
    }
}

impl FromStr for SharedCassettes {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let parts = Parts::of(text).ok_or_else(|| {
            // Whatever may be a password is left out.
            let rest = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
            let shown = rest.split_once('?').map_or(rest, |(address, _)| address).to_owned();
            AddressError { shown, reason: "it does not begin as one does".to_owned() }
        })?;
        let shown = parts.shown();
        let failed = |reason: String| AddressError { shown: shown.clone(), reason };
        if parts.credentials.is_none()
            && let Some((_, rest)) =
                text.rsplit_once('@').filter(|(start, _)| !start.contains(SENTINEL_ACCOUNT))
        {
            // Cut where a URL is cut, the password would be a part of the host and the path.
            let shown = format!("{}://{rest}", parts.scheme);
            let reason =
                "what is before the @ has a /, ? or #, which are written %2F, %3F and %23".to_owned();
            return Err(AddressError { shown, reason });
        }
        let topology = parts.topology().map_err(failed)?;
        Ok(SharedCassettes { topology, shown, prefix: PREFIX.to_owned() })
    }
}

impl Display for SharedCassettes {
    /// Without credentials.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Without credentials.
impl std::fmt::Debug for SharedCassettes {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedCassettes").field("address", &self.shown).field("prefix", &self.prefix).finish()
    }
}

// === impl Parts ===

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let begins =
            |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        let scheme = SCHEMES.iter().find(|scheme| begins(scheme))?;
        let rest = &text[scheme.len()..];
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, hosts) = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => (Some(credentials), hosts),
            None => (None, authority),
        };
        Some(Parts {
            scheme: scheme.trim_end_matches("://"),
            credentials,
            hosts: hosts.split(',').collect(),
            path: path.split('/').filter(|segment| !segment.is_empty()).collect(),
            query,
        })
    }

    fn shown(&self) -> String {
        let path: String = self.path.iter().map(|segment| format!("/{segment}")).collect();
        format!("{}://{}{path}", self.scheme, self.hosts.join(","))
    }

    fn topology(&self) -> Result<Topology, String> {
        let (base, kind) = self.scheme.split_once('+').unwrap_or((self.scheme, ""));
        match (kind, self.path.as_slice()) {
            ("cluster", []) => Ok(Topology::Cluster(self.nodes(base, PORT)?)),
            ("cluster", _) => Err("a cluster has no databases".to_owned()),
            ("sentinel", [service, db @ ..]) if db.len() <= 1 => {
                // Sentinels have accounts of their own, or none.
                let own = Parts { credentials: None, hosts: self.hosts.clone(), path: Vec::new(), ..*self };
                let master = self.info(base, "localhost", PORT, db.first().copied())?;
                let nodes = own.nodes("redis", SENTINEL_PORT)?;
                let nodes = nodes.into_iter().map(|info| self.with_sentinel_account(info)).collect();
                Ok(Topology::Sentinel(Sentinels {
                    nodes,
                    service: percent_decode_str(service).decode_utf8_lossy().into_owned(),
                    master: master.redis_settings().clone(),
                    tls: base == "rediss",
                }))
            }
            ("sentinel", _) => Err("the path is /SERVICE or /SERVICE/DB".to_owned()),
            (_, db) if db.len() <= 1 => match self.hosts.as_slice() {
                [host] => Ok(Topology::Single(self.info(base, host, PORT, db.first().copied())?)),
                _ => Err("it has more than one host, and names no cluster and no sentinels".to_owned()),
            },
            _ => Err("the path is /DB".to_owned()),
        }
    }

    fn nodes(&self, base: &str, port: u16) -> Result<Vec<ConnectionInfo>, String> {
        self.hosts.iter().map(|host| self.info(base, host, port, None)).collect()
    }

    fn info(&self, base: &str, host: &str, port: u16, db: Option<&str>) -> Result<ConnectionInfo, String> {
        if let Some(db) = db.filter(|db| db.parse::<u32>().is_err()) {
            return Err(format!("its database is a number, as in /0, and `{db}` is none"));
        }
        let named = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let host = if named { host.to_owned() } else { format!("{host}:{port}") };
        let credentials = self.credentials.map(|credentials| format!("{credentials}@")).unwrap_or_default();
        let url = format!("{base}://{credentials}{host}/{}", db.unwrap_or_default());
        // What the client says of a URL may repeat its password.
        url.as_str().into_connection_info().map_err(|error| {
            error
                .detail()
                .filter(|detail| self.credentials.is_none_or(|secret| !detail.contains(secret)))
                .map_or_else(|| format!("{:?}", error.kind()), str::to_owned)
        })
    }

    /// `?sentinel_username=...&sentinel_password=...`.
    fn with_sentinel_account(&self, info: ConnectionInfo) -> ConnectionInfo {
        let value = |wanted: &str| {
            let pairs = self.query?.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.into_iter().find(|(name, _)| *name == wanted)?;
            Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
        };
        let mut settings = info.redis_settings().clone();
        if let Some(username) = value("sentinel_username") {
            settings = settings.set_username(username);
        }
        if let Some(password) = value("sentinel_password") {
            settings = settings.set_password(password);
        }
        info.set_redis_settings(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> SharedCassettes {
        text.parse().unwrap()
    }

    #[test]
    fn keys_are_litellm_s() {
        let litellm = read("redis://localhost").with_prefix(LITELLM_PREFIX);
        for (name, key) in [
            (
                "tests/llm_translation/cassettes/test_anthropic/test_streaming.yaml",
                "tests/llm_translation/test_anthropic/test_streaming",
            ),
            (
                "tests/llm_translation/test_anthropic/test_streaming",
                "tests/llm_translation/test_anthropic/test_streaming",
            ),
            ("./tests/x", "tests/x"),
            ("../outside/x.yaml", "outside/x"),
            ("a/cassettes/b/cassettes/c", "a/b/c"),
            ("a/cassettes/cassettes/c", "a/cassettes/c"),
            ("x.yaml.yaml", "x.yaml"),
            ("cassettes/x", "cassettes/x"),
        ] {
            assert_eq!(litellm.key(name), format!("litellm:vcr:cassette:{key}"), "{name}");
        }
        assert_eq!(read("redis://localhost").key("chat"), "standin:cassette:chat");
    }

    #[test]
    fn what_has_a_scheme_is_no_folder() {
        for address in
            ["redis://h", "redis:/h", "REDIS://h", "redis:h", "rediss+cluster:h", "http://h", "s3://bucket/x"]
        {
            assert!(SharedCassettes::is_address(address), "{address}");
        }
        for folder in ["cassettes", "./redis:/h", "C:\\cassettes", "a:b", "redis", ""] {
            assert!(!SharedCassettes::is_address(folder), "{folder}");
        }
        for (wrong, shown) in [("redis:/u:hunter2@h", "h"), ("s3://b/x?key=hunter2", "s3://b/x")] {
            let error = wrong.parse::<SharedCassettes>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{shown}` is no address of a Redis: ")), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn addresses_are_shown_without_credentials() {
        for (text, shown) in [
            ("redis://localhost", "redis://localhost"),
            ("redis://:hunter2@cache:7000/3", "redis://cache:7000/3"),
            ("rediss://user:hunter2@cache", "rediss://cache"),
            ("REDIS://user:hunter2@cache", "redis://cache"),
            ("redis://user:hunt@er2@cache", "redis://cache"),
            ("redis+sentinel://a,b/main?sentinel_password=hunter2@", "redis+sentinel://a,b/main"),
            ("redis+cluster://user:hunter2@a:1,b:2,c", "redis+cluster://a:1,b:2,c"),
            (
                "redis+sentinel://user:hunter2@a,b:2/main/1?sentinel_password=hunter2",
                "redis+sentinel://a,b:2/main/1",
            ),
        ] {
            let read = read(text);
            assert_eq!(read.to_string(), shown);
            assert!(!format!("{read:?}").contains("hunter2"));
        }
    }

    #[test]
    fn sentinels_have_accounts_of_their_own() {
        let read = read("rediss+sentinel://user:hunter2@a,b:2/main/1?sentinel_password=secret");
        let Topology::Sentinel(sentinels) = read.topology() else { panic!("{:?}", read.topology()) };
        assert_eq!(sentinels.service, "main");
        assert!(sentinels.tls);
        assert_eq!(
            (sentinels.master.username(), sentinels.master.password()),
            (Some("user"), Some("hunter2"))
        );
        assert_eq!(sentinels.master.db(), 1);
        let addresses: Vec<_> = sentinels.nodes.iter().map(|info| info.addr().to_string()).collect();
        assert_eq!(addresses, ["a:26379", "b:2"]);
        assert_eq!(sentinels.nodes[0].redis_settings().password(), Some("secret"));
        assert_eq!(sentinels.nodes[0].redis_settings().username(), None);
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        for text in [
            "redis://u:hunter2@a,b",
            "redis://u:hunter2@a/b",
            "redis://u:hunter2@a/1/2",
            "redis+cluster://u:hunter2@a/1",
            "redis+sentinel://u:hunter2@a",
            "http://u:hunter2@a",
            "redis://u:hunter2@/",
            "redis://u:hunt/er2@a",
            "redis://:hunt?er2@a/0",
            "redis://:hunt#er2@a/0",
            "redis+cluster://u:hunt/er2@a,b",
            "redis-sentinel://u:hunt@er2@a",
        ] {
            let error = text.parse::<SharedCassettes>().unwrap_err().to_string();
            assert!(!error.contains("hunt") && !error.contains("er2"), "{error}");
            assert!(error.contains("redis+sentinel://HOST"), "{error}");
        }
    }

    #[test]
    fn a_database_that_is_no_number_is_told() {
        for text in ["redis://a/zero", "redis+sentinel://a/main/zero"] {
            let error = text.parse::<SharedCassettes>().unwrap_err().to_string();
            assert!(error.contains("its database is a number, as in /0, and `zero` is none"), "{error}");
        }
    }

    #[test]
    fn the_application_s_own_redis_is_told() {
        let cassettes = read("redis://:one@localhost:6379/0");
        for same in ["redis://127.0.0.1", "redis://LOCALHOST/0", "rediss://user:two@localhost:6379"] {
            assert!(cassettes.is_same_as(same), "{same}");
        }
        for other in
            ["redis://localhost/1", "redis://localhost:6380", "redis://elsewhere", "postgres://localhost", ""]
        {
            assert!(!cassettes.is_same_as(other), "{other}");
        }
    }
}
