//! Pace: time to first token (TTFT) and inter-token latency (ITL).

use super::latency::{self, BadLatency, Latency};
use crate::cassette::Chunks;
use crate::dialect::RenderedBody;
use crate::reply::{Beat, Ending, Flush, ReplyBody, Timeline};
use bytes::Bytes;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// When the frames of a stream are sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Pace {
    /// At once; frames may share a write.
    None,
    /// At once; each frame is a write of its own.
    Flush,
    /// Streams: 2 ms to the first frame and 1 ms between frames. Whole bodies: at once.
    Fast,
    /// As recorded, times a factor: 2.0 takes twice as long, 0.5 half. Where chunk times were recorded,
    /// the chunks as they arrived; otherwise the recorded time to the head, and frames at once.
    Recorded {
        /// What recorded times are multiplied with.
        factor: f64,
    },
    /// The same for every reply. A whole body waits for `ttft`.
    Fixed {
        /// To the first frame.
        ttft: Duration,
        /// Between frames.
        itl: Duration,
    },
    /// Drawn for each call. Until [`Latency::time`] has drawn them, frames are due at once.
    Drawn(Arc<Latency>),
}

/// A pace that does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "`{pace}` is not a pace: {wrong}. Use none, flush, fast, recorded, recorded*2 (twice as long), \
     ttft=200ms,itl=20ms, or a profile such as steady"
)]
pub struct UnknownPace {
    /// What stands there.
    pub pace: String,
    /// Which part of it is wrong, and what it could be.
    pub wrong: BadPart,
}

/// What is wrong with a pace.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadPart {
    /// What recorded times are multiplied with.
    #[error("`{0}` is not a factor from 0 to 1000")]
    Factor(String),
    /// A part of a latency.
    #[error(transparent)]
    Latency(#[from] BadLatency),
}

/// What was recorded about a reply's times.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RecordedTimes<'a> {
    pub(crate) chunks: Option<&'a Chunks>,
    /// From sending the request to the response's head.
    pub(crate) head: Option<Duration>,
}

/// No beat is due later than this, so that its time can be added to any clock.
pub(super) const LATEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const FAST_TTFT: Duration = Duration::from_millis(2);
const FAST_ITL: Duration = Duration::from_millis(1);

// === impl Pace ===

impl Pace {
    /// An answer that nobody recorded.
    #[must_use]
    pub fn rendered(&self, body: RenderedBody) -> ReplyBody {
        match body {
            RenderedBody::Whole(bytes) => self.whole(bytes, RecordedTimes::default()),
            RenderedBody::Frames(frames) => self.stream(&Bytes::new(), frames, RecordedTimes::default()),
        }
    }

    /// A body in one piece.
    pub(crate) fn whole(&self, bytes: Bytes, times: RecordedTimes<'_>) -> ReplyBody {
        let at = match *self {
            Pace::None | Pace::Flush | Pace::Fast | Pace::Drawn(_) => Duration::ZERO,
            Pace::Recorded { factor } => {
                let last = times.chunks.and_then(|chunks| chunks.as_slice().last()).map(|chunk| chunk.at);
                scale(last.or(times.head).unwrap_or_default(), factor)
            }
            Pace::Fixed { ttft, .. } => ttft.min(LATEST),
        };
        ReplyBody::Whole { at, bytes }
    }

    /// A body in frames.
    pub(crate) fn stream(&self, body: &Bytes, frames: Vec<Bytes>, times: RecordedTimes<'_>) -> ReplyBody {
        let beats = match *self {
            Pace::None | Pace::Flush | Pace::Drawn(_) => evenly(frames, Duration::ZERO, Duration::ZERO),
            Pace::Fast => evenly(frames, FAST_TTFT, FAST_ITL),
            Pace::Fixed { ttft, itl } => evenly(frames, ttft, itl),
            Pace::Recorded { factor } => match times.chunks {
                Some(chunks) => as_chunked(body, chunks, factor),
                None => evenly(frames, scale(times.head.unwrap_or_default(), factor), Duration::ZERO),
            },
        };
        let flush = if *self == Pace::None { Flush::Together } else { Flush::Each };
        ReplyBody::Stream(Timeline { beats: beats.into(), flush, ending: Ending::Whole })
    }
}

fn evenly(frames: Vec<Bytes>, first: Duration, step: Duration) -> Vec<Beat> {
    let mut at = first.min(LATEST);
    frames
        .into_iter()
        .map(|send| {
            let beat = Beat { at, send };
            at = at.saturating_add(step).min(LATEST);
            beat
        })
        .collect()
}

fn as_chunked(body: &Bytes, chunks: &Chunks, factor: f64) -> Vec<Beat> {
    let mut start = 0;
    chunks
        .as_slice()
        .iter()
        .map(|chunk| {
            let end = (start + chunk.len).min(body.len());
            let beat = Beat { at: scale(chunk.at, factor), send: body.slice(start..end) };
            start = end;
            beat
        })
        .collect()
}

fn scale(time: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() * factor).unwrap_or(LATEST).min(LATEST)
}

impl FromStr for Pace {
    type Err = UnknownPace;

    fn from_str(text: &str) -> Result<Self, UnknownPace> {
        let unknown = |wrong| UnknownPace { pace: text.to_owned(), wrong };
        match text {
            "none" => return Ok(Pace::None),
            "flush" => return Ok(Pace::Flush),
            "fast" => return Ok(Pace::Fast),
            "recorded" => return Ok(Pace::Recorded { factor: 1.0 }),
            _ => {}
        }
        if let Some(text) = text.strip_prefix("recorded*") {
            let factor = text.parse().ok().filter(|factor| (0.0..=1000.0).contains(factor));
            let wrong = || unknown(BadPart::Factor(text.to_owned()));
            return Ok(Pace::Recorded { factor: factor.ok_or_else(wrong)? });
        }
        latency::read(text).map(Pace::from).map_err(|wrong| unknown(wrong.into()))
    }
}

impl From<Latency> for Pace {
    /// A latency that is the same for every call is no matter of chance.
    fn from(latency: Latency) -> Self {
        match latency.fixed() {
            Some((ttft, itl)) => Pace::Fixed { ttft, itl },
            None => Pace::Drawn(Arc::new(latency)),
        }
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Pace::None => f.write_str("none"),
            Pace::Flush => f.write_str("flush"),
            Pace::Fast => f.write_str("fast"),
            Pace::Drawn(latency) => latency.fmt(f),
            Pace::Recorded { factor } => write!(f, "recorded*{factor}"),
            Pace::Fixed { ttft, itl } => {
                write!(f, "ttft={},itl={}", latency::time_text(*ttft), latency::time_text(*itl))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::Chunk;

    fn score(body: &ReplyBody) -> Vec<(u128, String)> {
        match body {
            ReplyBody::Stream(timeline) => timeline
                .beats
                .iter()
                .map(|beat| (beat.at.as_millis(), String::from_utf8_lossy(&beat.send).into_owned()))
                .collect(),
            ReplyBody::Whole { at, bytes } => {
                vec![(at.as_millis(), String::from_utf8_lossy(bytes).into_owned())]
            }
            ReplyBody::Nothing { .. } => Vec::new(),
        }
    }

    fn play(pace: &str, times: RecordedTimes<'_>) -> Vec<(u128, String)> {
        let body = Bytes::from_static(b"abcd");
        let frames = vec![body.slice(..1), body.slice(1..2), body.slice(2..)];
        score(&pace.parse::<Pace>().unwrap().stream(&body, frames, times))
    }

    #[test]
    fn frames_are_due_at_absolute_times() {
        let expect =
            |times: [u128; 3]| times.into_iter().zip(["a", "b", "cd"].map(str::to_owned)).collect::<Vec<_>>();
        assert_eq!(play("none", RecordedTimes::default()), expect([0, 0, 0]));
        assert_eq!(play("fast", RecordedTimes::default()), expect([2, 3, 4]));
        assert_eq!(play("ttft=200ms,itl=20ms", RecordedTimes::default()), expect([200, 220, 240]));
        let head = RecordedTimes { chunks: None, head: Some(Duration::from_millis(30)) };
        assert_eq!(play("recorded*2", head), expect([60, 60, 60]));
    }

    #[test]
    fn recorded_chunks_keep_their_boundaries() {
        let at = Duration::from_millis;
        let chunks =
            Chunks::new(vec![Chunk { at: at(10), len: 3 }, Chunk { at: at(40), len: 1 }], 4).unwrap();
        let times = RecordedTimes { chunks: Some(&chunks), head: None };
        assert_eq!(play("recorded*0.5", times), vec![(5, "abc".to_owned()), (20, "d".to_owned())]);
    }

    #[test]
    fn a_wrong_pace_says_what_is_right() {
        for text in ["slow", "ttft=2", "ttft=1s,ttft=2s", "recorded*-1", "recorded*x"] {
            assert!(text.parse::<Pace>().unwrap_err().to_string().contains("ttft=200ms"), "{text}");
        }
    }
}
