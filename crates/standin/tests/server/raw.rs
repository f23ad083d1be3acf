//! A connection that is read to its end, however it ends.

use crate::support::{connect, request};
use standin::{FaultRule, Standin};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How a connection ended, as the system tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The end of what is read.
    Closed,
    /// `ECONNRESET`.
    Reset,
}

/// Everything that came before a connection ended.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
}

/// A body in HTTP chunks, as far as they came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chunked {
    pub(crate) chunks: Vec<Vec<u8>>,
    /// Whether the last chunk came, which ends the message.
    pub(crate) ended: bool,
}

/// A fault as a user writes it.
pub(crate) fn fault(text: &str) -> FaultRule {
    text.parse().unwrap()
}

/// Sends a request after which the server is to close the connection.
pub(crate) fn ask(server: &Standin, path: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
    let mut stream = connect(server);
    let headers = [headers, &[("Connection", "close")]].concat();
    stream.write_all(&request("POST", path, &headers, body.as_bytes())).unwrap();
    stream
}

/// Reads until the connection has ended.
pub(crate) fn until_end(mut stream: TcpStream) -> Raw {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 65536];
        match stream.read(&mut buffer) {
            Ok(0) => return Raw { bytes, end: End::Closed },
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                return Raw { bytes, end: End::Reset };
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&bytes)),
        }
    }
}

/// Reads until what came ends with this.
pub(crate) fn until(stream: &mut TcpStream, last: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(last) {
        let mut one = [0];
        if let Err(error) = stream.read_exact(&mut one) {
            panic!("{error} after {:?}", String::from_utf8_lossy(&bytes));
        }
        bytes.push(one[0]);
    }
    bytes
}

/// Waits until the server has decided about so many calls. The bound only ends a test that has failed.
pub(crate) fn until_noted(server: &Standin, calls: usize) {
    let give_up = Instant::now() + Duration::from_secs(20);
    while server.journal().len() < calls {
        assert!(Instant::now() < give_up, "{:?}", server.journal());
        std::thread::yield_now();
    }
}

// === impl Raw ===

impl Raw {
    /// Where the body begins.
    fn body_at(&self) -> usize {
        let blank = self.bytes.windows(4).position(|window| window == b"\r\n\r\n");
        blank.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(&self.bytes))) + 4
    }

    pub(crate) fn head(&self) -> String {
        String::from_utf8(self.bytes[..self.body_at()].to_vec()).unwrap()
    }

    pub(crate) fn status(&self) -> u16 {
        self.head().split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.head().lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }

    /// What came after the head, as it came.
    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.body_at()..]
    }

    /// The chunks that are whole. Nothing may come between them or after the last.
    pub(crate) fn chunked(&self) -> Chunked {
        assert_eq!(self.header("transfer-encoding").as_deref(), Some("chunked"));
        let (mut rest, mut chunks) = (self.body(), Vec::new());
        while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
            let (chunk, after) = rest[line + 2..].split_at(size);
            rest = after.strip_prefix(b"\r\n").unwrap();
            if size == 0 {
                assert_eq!(rest, b"");
                return Chunked { chunks, ended: true };
            }
            chunks.push(chunk.to_vec());
        }
        assert_eq!(rest, b"");
        Chunked { chunks, ended: false }
    }
}

// === impl Chunked ===

impl Chunked {
    /// A message that is whole, of these chunks.
    pub(crate) fn whole<T: AsRef<[u8]>>(chunks: &[T]) -> Self {
        Chunked { chunks: chunks.iter().map(|chunk| chunk.as_ref().to_vec()).collect(), ended: true }
    }

    /// One that breaks off after these.
    pub(crate) fn broken<T: AsRef<[u8]>>(chunks: &[T]) -> Self {
        Chunked { ended: false, ..Chunked::whole(chunks) }
    }

    /// The bytes of all chunks.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    /// Server-sent events: the name, where there is one, and the data as JSON, or as text where it is none.
    pub(crate) fn events(&self) -> Vec<(Option<String>, serde_json::Value)> {
        let text = String::from_utf8(self.bytes()).unwrap();
        let events = text.split_terminator("\n\n").map(|event| {
            let field = |name: &str| {
                event.lines().find_map(|line| line.strip_prefix(name).map(|value| value.trim().to_owned()))
            };
            let data = field("data:").unwrap();
            let data = serde_json::from_str(&data).unwrap_or(serde_json::Value::String(data));
            (field("event:"), data)
        });
        events.collect()
    }
}
