//! One request and its answer over a plain socket: to learn what standin sends, and to see it answer.

use crate::Failure;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A request, as every server gets it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// An answer, as the bare server is to send it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Without what every server sets itself.
    pub(crate) headers: Vec<(String, String)>,
    /// The chunks of a chunked body; one frame otherwise.
    pub(crate) frames: Vec<String>,
}

/// Headers that hyper writes.
const OF_THE_CONNECTION: [&str; 4] = ["connection", "content-length", "date", "transfer-encoding"];

// === impl Request ===

impl Request {
    /// A chat completion with this body.
    pub(crate) fn chat(body: impl Into<String>) -> Self {
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("authorization", "Bearer sk-bench".to_owned()),
        ];
        Request { path: "/v1/chat/completions", headers, body: body.into() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Asks for the path with GET, on a connection of its own.
    pub(crate) fn get(address: SocketAddr, path: &str) -> Result<Answer, Failure> {
        send(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"))
    }

    /// As it is sent: `close` or `keep-alive` for the connection.
    pub(crate) fn written(&self, address: SocketAddr, connection: &str) -> String {
        let mut text =
            format!("POST {} HTTP/1.1\r\nhost: {address}\r\nconnection: {connection}\r\n", self.path);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n{}", self.body.len(), self.body));
        text
    }

    /// Sends it on a connection of its own.
    pub(crate) fn exchange(&self, address: SocketAddr) -> Result<Answer, Failure> {
        send(address, &self.written(address, "close"))
    }
}

fn send(address: SocketAddr, text: &str) -> Result<Answer, Failure> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.write_all(text.as_bytes())?;
    let mut received = String::new();
    stream.read_to_string(&mut received)?;
    Answer::read(&received).ok_or_else(|| format!("not an HTTP answer: {received:?}").into())
}

// === impl Answer ===

impl Answer {
    fn read(text: &str) -> Option<Answer> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let mut chunked = false;
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
            chunked |= name == "transfer-encoding" && value == "chunked";
            if !OF_THE_CONNECTION.contains(&name.as_str()) {
                headers.push((name, value));
            }
        }
        let frames = if chunked { chunks(body)? } else { vec![body.to_owned()] };
        Some(Answer { status, headers, frames })
    }
}

fn chunks(mut body: &str) -> Option<Vec<String>> {
    let mut chunks = Vec::new();
    loop {
        let (length, rest) = body.split_once("\r\n")?;
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(chunks);
        }
        chunks.push(rest.get(..length)?.to_owned());
        body = rest.get(length..)?.strip_prefix("\r\n")?;
    }
}
