//! The server, from outside: real sockets, real files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod background;
mod background_streams;
mod catalogue;
mod control;
mod disk;
mod matching;
mod mocks;
mod mocks_changed;
mod raw;
mod recording;
mod selection;
mod session_mocks;
mod sessions;
mod shaped_endings;
mod shaped_frames;
mod shaped_levels;
mod shaped_limits;
mod shaped_recordings;
mod shaped_seeds;
mod shaped_statuses;
mod shaped_streams;
mod simulator;
mod struck;
mod support;
mod upstream;
mod wire;
