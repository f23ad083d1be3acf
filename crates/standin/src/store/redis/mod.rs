//! Cassettes in Redis, as LiteLLM's tests keep them: one string for each, the YAML that vcrpy writes.
//!
//! - `address` reads what `--cassettes` names; `link` connects, asks again where that may help, and lets alone what
//!   hangs; `flush` deletes.

mod address;
mod flush;
mod link;

pub use address::{AddressError, SharedCassettes};
pub use flush::Flushed;

use super::shared::{Answer, Capacity, Shelf, Stored, Trouble, Version};
use ::redis::{RedisResult, Script, cmd};
use bytes::Bytes;
use link::Link;
use std::time::Duration;

/// A Redis, and the prefix of the cassettes in it.
#[derive(Debug)]
pub(crate) struct RedisShelf {
    place: SharedCassettes,
    link: Link,
    replace: Script,
}

/// Compares and sets in one step, whoever else writes. A script needs no connection of its own, as WATCH does,
/// and touches one key, as a cluster asks. The value that is there is compared by its hash and not sent again.
const REPLACE: &str = "
local value = redis.call('GET', KEYS[1])
local version = value and redis.sha1hex(value) or ''
if version ~= ARGV[1] then return 0 end
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
";

fn version(value: &[u8]) -> Version {
    Version(sha1_smol::Sha1::from(value).digest().bytes())
}

// === impl RedisShelf ===

impl RedisShelf {
    pub(crate) fn new(place: SharedCassettes) -> Self {
        let link = Link::new(place.topology().clone());
        RedisShelf { place, link, replace: Script::new(REPLACE) }
    }
}

impl Shelf for RedisShelf {
    fn address(&self) -> String {
        self.place.to_string()
    }

    fn key(&self, name: &str) -> String {
        self.place.key(name)
    }

    fn is_at(&self, address: &str) -> bool {
        self.place.is_same_as(address)
    }

    fn read<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Stored>> {
        Box::pin(async move {
            let value = self.link.ask(|mut connection| async move {
                let value: RedisResult<Option<Bytes>> =
                    cmd("GET").arg(key).query_async(&mut connection).await;
                value
            });
            Ok(value.await?.map(|bytes| Stored { version: version(&bytes), bytes }))
        })
    }

    fn replace<'a>(
        &'a self,
        key: &'a str,
        known: Option<Version>,
        value: Bytes,
        expiry: Option<Duration>,
    ) -> Answer<'a, Option<Version>> {
        Box::pin(async move {
            let mut call = self.replace.prepare_invoke();
            let lifetime =
                expiry.filter(|expiry| !expiry.is_zero()).map(|expiry| expiry.as_millis().to_string());
            call.key(key)
                .arg(known.map(|version| version.to_string()).unwrap_or_default())
                .arg(&value[..])
                .arg(lifetime.unwrap_or_default());
            let call = &call;
            let replaced = self.link.ask(|mut connection| async move {
                let replaced: RedisResult<bool> = call.invoke_async(&mut connection).await;
                replaced
            });
            Ok(replaced.await?.then(|| version(&value)))
        })
    }

    fn capacity(&self) -> Answer<'_, Option<Capacity>> {
        Box::pin(async move {
            let mut fullest: Option<Capacity> = None;
            for node in self.link.nodes().await? {
                let info = node.ask(|mut connection| async move {
                    let info: RedisResult<String> =
                        cmd("INFO").arg("memory").query_async(&mut connection).await;
                    info
                });
                let capacity = capacity(&info.await?);
                // A cluster is full where one of its nodes is.
                if capacity.is_some_and(|one| fullest.is_none_or(|other| one.percent() > other.percent())) {
                    fullest = capacity;
                }
            }
            Ok(fullest)
        })
    }
}

/// `used_memory` and `maxmemory` of what INFO says.
fn capacity(info: &str) -> Option<Capacity> {
    let number = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().parse::<u64>().ok()
    };
    let limit = number("maxmemory").filter(|limit| *limit > 0)?;
    Some(Capacity { used: number("used_memory")?, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redis_without_a_limit_has_no_capacity() {
        let info = "# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\nmaxmemory:0\r\nmaxmemory_human:0B\r\n";
        assert_eq!(capacity(info), None);
        let limited = info.replace("maxmemory:0", "maxmemory:2097152");
        assert_eq!(capacity(&limited), Some(Capacity { used: 1_048_576, limit: 2_097_152 }));
        assert_eq!(capacity(""), None);
    }

    #[test]
    fn versions_are_what_a_script_computes() {
        // FIPS 180's own example.
        assert_eq!(version(b"abc").to_string(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }
}
