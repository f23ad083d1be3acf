//! The server, from outside: real sockets, real files.

mod control;
mod disk;
mod matching;
mod selection;
mod sessions;
mod support;
mod wire;
