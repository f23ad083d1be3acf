//! The server, from outside: real sockets, real files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod background;
mod catalogue;
mod control;
mod disk;
mod matching;
mod mocks;
mod mocks_changed;
mod recording;
mod selection;
mod sessions;
mod simulator;
mod support;
mod upstream;
mod wire;
