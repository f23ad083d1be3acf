//! A connection that is made when it is needed, and made again when it breaks.
//!
//! An act is tried three times, 0.2 and 0.4 s apart, where another attempt may go better. What does not answer at
//! all costs 5 s each time; it is left alone for a while, lest a hanging Redis hangs a whole run.

use super::Trouble;
use super::address::{Sentinels, Topology};
use ::redis::aio::{ConnectionLike, MultiplexedConnection};
use ::redis::cluster::ClusterClient;
use ::redis::cluster_async::ClusterConnection;
use ::redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use ::redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, Pipeline, RedisError,
    RedisFuture, RedisResult, TlsMode, Value, cmd,
};
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A way to a Redis.
#[derive(Debug)]
pub(super) struct Link {
    topology: Topology,
    open: Mutex<Option<Connection>>,
    hanging: Mutex<Hanging>,
}

/// An open connection, which any number of acts share.
#[derive(Clone)]
pub(super) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// Since when nothing answers.
#[derive(Debug, Default)]
struct Hanging {
    until: Option<Instant>,
    pause: Duration,
}

const TIMEOUT: Duration = Duration::from_secs(5);
/// Before the second attempt and the third.
const BACKOFF: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(400)];
/// How long what hangs is left alone, at first and at most.
const SHORTEST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves these whole: every change is made in one call.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// === impl Link ===

impl Link {
    pub(super) fn new(topology: Topology) -> Self {
        Link { topology, open: Mutex::default(), hanging: Mutex::default() }
    }

    /// Does something, again where that may help.
    pub(super) async fn ask<T, F>(&self, act: impl Fn(Connection) -> F) -> Result<T, Trouble>
    where
        F: Future<Output = RedisResult<T>>,
    {
        held(&self.hanging).check()?;
        let mut pauses = BACKOFF.iter();
        loop {
            let error = match self.attempt(&act).await {
                Ok(value) => {
                    *held(&self.hanging) = Hanging::default();
                    return Ok(value);
                }
                Err(error) => error,
            };
            if !may_pass(&error) {
                return Err(trouble(&error));
            }
            // Whatever it was: the next attempt begins with a new connection.
            held(&self.open).take();
            match pauses.next() {
                Some(pause) => tokio::time::sleep(*pause).await,
                None => {
                    if error.is_timeout() {
                        held(&self.hanging).note();
                    }
                    return Err(trouble(&error));
                }
            }
        }
    }

    async fn attempt<T, F>(&self, act: &impl Fn(Connection) -> F) -> RedisResult<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let open = held(&self.open).clone();
        let connection = match open {
            Some(connection) => connection,
            None => {
                let connection = within(self.topology.connect()).await?;
                held(&self.open).insert(connection).clone()
            }
        };
        within(act(connection)).await
    }

    /// A link to each node that holds keys.
    pub(super) async fn nodes(&self) -> Result<Vec<Link>, Trouble> {
        let Topology::Cluster(seeds) = &self.topology else {
            let link = Link::new(self.topology.clone());
            // What is open is shared.
            held(&link.open).clone_from(&held(&self.open));
            return Ok(vec![link]);
        };
        let listed = self.ask(|mut connection| async move {
            let listed: RedisResult<String> = cmd("CLUSTER").arg("NODES").query_async(&mut connection).await;
            listed
        });
        let Some(seed) = seeds.first() else { return Ok(Vec::new()) };
        let masters = masters(&listed.await?, seed);
        Ok(masters.into_iter().map(|info| Link::new(Topology::Single(info))).collect())
    }
}

/// The addresses of a cluster's masters, from what `CLUSTER NODES` says: `ID HOST:PORT@BUS[,NAME] FLAGS ...`.
fn masters(listed: &str, seed: &ConnectionInfo) -> Vec<ConnectionInfo> {
    let address = |line: &str| {
        let mut fields = line.split(' ').skip(1);
        let (at, flags) = (fields.next()?, fields.next()?);
        let (host, port) = at.split('@').next()?.rsplit_once(':')?;
        // A node that stands alone does not know its own address.
        let host = match (host, seed.addr()) {
            ("", ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. }) => host.clone(),
            _ => host.to_owned(),
        };
        let port = port.parse().ok()?;
        let is_master = flags.split(',').any(|flag| flag == "master") && !flags.contains("fail");
        is_master.then_some((host, port))
    };
    let at = |(host, port): (String, u16)| match seed.addr() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
        }
        ConnectionAddr::Tcp(..) | ConnectionAddr::Unix(_) | _ => ConnectionAddr::Tcp(host, port),
    };
    listed.lines().filter_map(address).map(|place| seed.clone().set_addr(at(place))).collect()
}

async fn within<T>(work: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    tokio::time::timeout(TIMEOUT, work).await.unwrap_or_else(|_| {
        let reason = std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            format!("no answer in {} s", TIMEOUT.as_secs()),
        );
        Err(RedisError::from(reason))
    })
}

/// Whether another attempt may go better: nobody answered, or somebody who was not ready.
fn may_pass(error: &RedisError) -> bool {
    let not_ready = matches!(error.code(), Some("LOADING" | "READONLY" | "MASTERDOWN"));
    error.is_io_error() || error.is_cluster_error() || error.is_unrecoverable_error() || not_ready
}

/// `Type: message`, as LiteLLM's log has it.
fn trouble(error: &RedisError) -> Trouble {
    let kind = match error.kind() {
        _ if error.is_timeout() => "TimeoutError",
        ErrorKind::Io => "ConnectionError",
        _ if error.code() == Some("OOM") => "OutOfMemoryError",
        _ => "ResponseError",
    };
    Trouble::new(format!("{kind}: {error}"))
}

// === impl Topology ===

impl Topology {
    async fn connect(&self) -> RedisResult<Connection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        match self {
            Topology::Single(info) => {
                let client = Client::open(info.clone())?;
                client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::One)
            }
            Topology::Sentinel(sentinels) => {
                let mut client = sentinels.client()?;
                client.get_async_connection_with_config(&config).await.map(Connection::One)
            }
            Topology::Cluster(seeds) => {
                let client = ClusterClient::builder(seeds.iter().cloned())
                    .connection_timeout(TIMEOUT)
                    .response_timeout(TIMEOUT)
                    .build()?;
                client.get_async_connection().await.map(Connection::Cluster)
            }
        }
    }
}

// === impl Sentinels ===

impl Sentinels {
    fn client(&self) -> RedisResult<SentinelClient> {
        let mut master = SentinelNodeConnectionInfo::default().set_redis_connection_info(self.master.clone());
        if self.tls {
            master = master.set_tls_mode(TlsMode::Secure);
        }
        SentinelClient::build(
            self.nodes.clone(),
            self.service.clone(),
            Some(master),
            SentinelServerType::Master,
        )
    }
}

// === impl Hanging ===

impl Hanging {
    fn check(&self) -> Result<(), Trouble> {
        let left = self.until.and_then(|until| until.checked_duration_since(Instant::now()));
        match left.filter(|left| !left.is_zero()) {
            Some(left) => {
                let reason = format!(
                    "TimeoutError: it does not answer, and is asked again in {} s",
                    left.as_secs() + 1
                );
                Err(Trouble::new(reason))
            }
            None => Ok(()),
        }
    }

    fn note(&mut self) {
        self.pause = (self.pause * 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        self.until = Some(Instant::now() + self.pause);
    }
}

// === impl Connection ===

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Connection::One(one) => one.req_packed_command(cmd),
            Connection::Cluster(cluster) => cluster.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Connection::One(one) => one.req_packed_commands(pipeline, offset, count),
            Connection::Cluster(cluster) => cluster.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Connection::One(one) => one.get_db(),
            Connection::Cluster(cluster) => cluster.get_db(),
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Connection::One(_) => "One",
            Connection::Cluster(_) => "Cluster",
        })
    }
}
