//! A number of calls, by several clients that keep their connections: wrk counts seconds and not calls.

use crate::Failure;
use crate::exchange::Request;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const CLIENTS: usize = 16;
const ACCEPTED: &str = "HTTP/1.1 202 ";

/// Submits so many jobs, each with this request, and comes back when all are accepted.
pub(super) fn submit(address: SocketAddr, request: &Request, count: usize) -> Result<(), Failure> {
    let text = request.written(address, "keep-alive");
    let next = AtomicUsize::new(0);
    let results: Vec<Result<(), String>> = thread::scope(|scope| {
        let client = || client(address, text.as_bytes(), &next, count).map_err(|failure| failure.to_string());
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        let ended = clients.into_iter().map(thread::ScopedJoinHandle::join);
        ended.map(|result| result.unwrap_or_else(|_| Err("a client panicked".to_owned()))).collect()
    });
    results.into_iter().collect::<Result<(), String>>().map_err(Failure::from)
}

/// Submits so many jobs one after the other, and tells how long each took.
pub(super) fn timed(address: SocketAddr, request: &Request, count: usize) -> Result<Vec<Duration>, Failure> {
    let text = request.written(address, "keep-alive");
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        accepted(&mut stream, text.as_bytes(), &mut answers)?;
        times.push(begun.elapsed());
    }
    Ok(times)
}

fn accepted(stream: &mut TcpStream, text: &[u8], answers: &mut impl BufRead) -> Result<(), Failure> {
    stream.write_all(text)?;
    let status = answer(answers)?;
    if status.starts_with(ACCEPTED) {
        Ok(())
    } else {
        Err(format!("a job was not accepted: {status}").into())
    }
}

fn client(address: SocketAddr, text: &[u8], next: &AtomicUsize, count: usize) -> Result<(), Failure> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    while next.fetch_add(1, Ordering::Relaxed) < count {
        accepted(&mut stream, text, &mut answers)?;
    }
    Ok(())
}

/// Reads an answer, and tells its first line.
fn answer(answers: &mut impl BufRead) -> Result<String, Failure> {
    let mut status = String::new();
    answers.read_line(&mut status)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        answers.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    answers.take(length).read_to_end(&mut Vec::new())?;
    Ok(status)
}
