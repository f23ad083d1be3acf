//! A client with one connection that sees when each byte arrives.

use crate::Failure;
use crate::exchange::Request;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A connection that is kept open.
#[derive(Debug)]
pub(super) struct Client {
    stream: TcpStream,
    address: SocketAddr,
    buffer: Vec<u8>,
    /// What of the buffer has been received and not been taken.
    from: usize,
    to: usize,
}

/// When the parts of an answer came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) first_byte: Duration,
    pub(super) whole: Duration,
    /// Of the body, without the framing of chunks.
    pub(super) bytes: usize,
}

/// As hyper's: both read at most so much at once.
const BUFFER: usize = 400 << 10;
/// Longer than anything here takes; a bench does not hang.
const PATIENCE: Duration = Duration::from_secs(60);

// === impl Client ===

impl Client {
    pub(super) fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Client { stream, address, buffer: vec![0; BUFFER], from: 0, to: 0 })
    }

    /// Sends a request and hands over the body of the answer as it arrives.
    pub(super) fn call(&mut self, request: &Request, mut take: impl FnMut(&[u8])) -> Result<Times, Failure> {
        let text = request.written(self.address, "keep-alive");
        let sent = Instant::now();
        self.stream.write_all(text.as_bytes())?;
        self.fill()?;
        let first_byte = sent.elapsed();
        let status = self.line()?;
        let mut length = None;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = Some(value.parse::<usize>()?),
                Some(_) => {}
                None => break,
            }
        }
        if !status.contains(" 200 ") {
            return Err(format!("the answer is {status}").into());
        }
        let bytes = match length {
            Some(length) => self.body(length, &mut take)?,
            None => self.chunks(&mut take)?,
        };
        Ok(Times { first_byte, whole: sent.elapsed(), bytes })
    }

    fn chunks(&mut self, take: &mut impl FnMut(&[u8])) -> Result<usize, Failure> {
        let mut bytes = 0;
        loop {
            let length = usize::from_str_radix(&self.line()?, 16)?;
            self.body(length, take)?;
            self.line()?;
            if length == 0 {
                return Ok(bytes);
            }
            bytes += length;
        }
    }

    fn body(&mut self, length: usize, take: &mut impl FnMut(&[u8])) -> Result<usize, Failure> {
        let mut left = length;
        while left > 0 {
            if self.from == self.to {
                self.fill()?;
            }
            let here = left.min(self.to - self.from);
            take(&self.buffer[self.from..self.from + here]);
            self.from += here;
            left -= here;
        }
        Ok(length)
    }

    /// The next line, without its end.
    fn line(&mut self) -> Result<String, Failure> {
        loop {
            let received = &self.buffer[self.from..self.to];
            if let Some(length) = received.windows(2).position(|pair| pair == b"\r\n") {
                let line = String::from_utf8_lossy(&received[..length]).into_owned();
                self.from += length + 2;
                return Ok(line);
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Result<(), Failure> {
        self.buffer.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        match self.stream.read(&mut self.buffer[self.to..])? {
            0 => Err("the connection was closed in the middle of an answer".into()),
            received => {
                self.to += received;
                Ok(())
            }
        }
    }
}
