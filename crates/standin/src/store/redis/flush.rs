//! Deleting all cassettes under a prefix.

use super::Trouble;
use super::address::SharedCassettes;
use super::link::Link;
use ::redis::{RedisResult, cmd, pipe};
use serde::Serialize;

/// How far a flush has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Flushed {
    /// Keys deleted.
    pub deleted: u64,
    /// Keys looked at: all of the Redis.
    pub scanned: u64,
    /// Keys that it had at the beginning.
    pub total: u64,
}

/// Keys of one batch.
const BATCH: usize = 500;

// === impl SharedCassettes ===

impl SharedCassettes {
    /// Deletes every key that begins with the prefix, in batches, and tells how far it has come.
    ///
    /// # Errors
    /// When the Redis does not answer; what has been deleted by then is gone.
    pub async fn flush(&self, mut progress: impl FnMut(Flushed)) -> Result<Flushed, Trouble> {
        let mut flushed = Flushed::default();
        let nodes = Link::new(self.topology().clone()).nodes().await?;
        for node in &nodes {
            let size = node.ask(|mut connection| async move {
                let size: RedisResult<u64> = cmd("DBSIZE").query_async(&mut connection).await;
                size
            });
            flushed.total += size.await?;
        }
        let pattern = &format!("{}*", literal(self.prefix()));
        for node in &nodes {
            let mut cursor = 0;
            loop {
                let scan = node.ask(|mut connection| async move {
                    let scanned: RedisResult<(u64, Vec<Vec<u8>>)> = cmd("SCAN")
                        .arg(cursor)
                        .arg("MATCH")
                        .arg(pattern)
                        .arg("COUNT")
                        .arg(BATCH)
                        .query_async(&mut connection)
                        .await;
                    scanned
                });
                let (next, keys) = scan.await?;
                flushed.deleted += delete(node, &keys).await?;
                flushed.scanned = (flushed.scanned + BATCH as u64).min(flushed.total);
                progress(flushed);
                cursor = next;
                if cursor == 0 {
                    break;
                }
            }
        }
        Ok(flushed)
    }
}

/// Deletes keys one by one, in one message: those of a cluster's node may be in different slots.
async fn delete(node: &Link, keys: &[Vec<u8>]) -> Result<u64, Trouble> {
    if keys.is_empty() {
        return Ok(0);
    }
    let mut batch = pipe();
    for key in keys {
        batch.cmd("DEL").arg(key);
    }
    let batch = &batch;
    let deleted = node.ask(|mut connection| async move {
        let deleted: RedisResult<Vec<u64>> = batch.query_async(&mut connection).await;
        deleted
    });
    Ok(deleted.await?.iter().sum())
}

/// A prefix as a pattern that means itself.
fn literal(prefix: &str) -> String {
    prefix.chars().fold(String::new(), |mut out, c| {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '^' | '-') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_means_itself() {
        assert_eq!(literal("standin:cassette:"), "standin:cassette:");
        assert_eq!(literal("team[a]*?:"), "team\\[a\\]\\*\\?:");
    }
}
