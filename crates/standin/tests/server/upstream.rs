//! A provider to record from: it answers over real sockets what a test gives it, and counts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A provider on a free port of loopback.
pub(crate) struct Upstream {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// One request, as it came off the socket.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

// === impl Upstream ===

impl Upstream {
    /// Answers each request on a thread of its own. The closure writes the whole response.
    pub(crate) fn start(answer: impl Fn(usize, &Heard, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let (answer, all) = (Arc::new(answer), Arc::clone(&heard));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, answer, all) = (stream.unwrap(), Arc::clone(&answer), Arc::clone(&all));
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream.try_clone().unwrap());
                    while let Some(one) = hear(&mut reader) {
                        let number = {
                            let mut all = all.lock().unwrap();
                            all.push(one.clone());
                            all.len()
                        };
                        answer(number, &one, &mut stream);
                    }
                });
            }
        });
        Upstream { url, heard }
    }

    /// Answers every request with a JSON object that tells its number.
    pub(crate) fn counting() -> Self {
        Upstream::start(|number, _, stream| whole(stream, 200, &format!("{{\"number\":{number}}}")))
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    pub(crate) fn calls(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}

/// A response with a length.
pub(crate) fn whole(stream: &mut TcpStream, status: u16, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    // A client that has left is part of some tests.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

fn hear(reader: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let line = head.lines().next()?.to_owned();
    Some(Heard { line, head, body: String::from_utf8(body).unwrap() })
}
