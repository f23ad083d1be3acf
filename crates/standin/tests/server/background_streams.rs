//! Streams of responses that are made in the background.

use crate::background::{CONTROL, KEY, PATH, ask, create, ended, get, id, job, mocked};
use crate::support::{call, connect, control, read_answer, request};
use serde_json::{Value, json};
use std::io::{Read, Write};

fn events(body: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(body);
    let data =
        text.split("\n\n").filter_map(|event| event.lines().find_map(|line| line.strip_prefix("data: ")));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

fn numbers(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["sequence_number"].as_u64().unwrap()).collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[test]
fn a_stream_goes_on_from_where_it_broke() {
    let server = mocked();
    let body = json!({"model": "gpt-5", "input": "otters", "background": true, "stream": true});
    let whole = events(&ask(&server, &body, None).body);
    assert_eq!(&kinds(&whole)[..3], ["response.created", "response.queued", "response.in_progress"]);
    assert_eq!(kinds(&whole).last(), Some(&"response.completed"));
    assert_eq!(numbers(&whole), (0..whole.len() as u64).collect::<Vec<_>>());
    assert_eq!(whole[1]["response"]["status"], "queued");
    let id = whole[0]["response"]["id"].as_str().unwrap();
    assert_eq!(whole.last().unwrap()["response"], get(&server, id, "").json());
    assert_eq!(events(&get(&server, id, "?stream=true&starting_after=3").body), whole[4..]);
    assert_eq!(events(&get(&server, id, "?stream=true").body), whole);
    // The connection breaks, and the job does not.
    let mut socket = connect(&server);
    let headers = [KEY, ("x-standin-fault", "close,after=5")];
    socket.write_all(&request("POST", PATH, &headers, body.to_string().as_bytes())).unwrap();
    let mut broken = Vec::new();
    let _ = socket.read_to_end(&mut broken);
    let broken: Vec<u8> = broken
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"data: "))
        .flat_map(|line| [line, b"\n\n"].concat())
        .collect();
    let seen = events(&broken);
    assert!(!seen.is_empty() && seen.len() < whole.len(), "{seen:?}");
    let id = seen[0]["response"]["id"].as_str().unwrap();
    let rest = get(&server, id, &format!("?stream=true&starting_after={}", seen.len() - 1));
    let all: Vec<Value> = seen.iter().cloned().chain(events(&rest.body)).collect();
    assert_eq!(kinds(&all), kinds(&whole));
    assert_eq!(numbers(&all), numbers(&whole));
}

#[test]
fn a_place_in_a_stream_that_is_none_is_refused() {
    let server = mocked();
    let held = id(&create(&server, "otters", Some("hold")));
    for _ in 0..2 {
        for place in ["-1", "x", "1.5"] {
            let refused = get(&server, &held, &format!("?stream=true&starting_after={place}"));
            assert_eq!(refused.status, 400, "{place}");
            assert!(refused.message().contains("'starting_after'"), "{}", refused.message());
        }
        control(&server, "POST", &format!("/_standin/jobs/{}/release", job(&held)), "");
        ended(&server, &held);
    }
}

#[test]
fn events_are_told_as_they_happen() {
    let server = mocked();
    let body = json!({"model": "gpt-5", "input": "otters", "background": true, "stream": true}).to_string();
    let mut socket = connect(&server);
    socket.write_all(&request("POST", PATH, &[KEY, (CONTROL, "hold")], body.as_bytes())).unwrap();
    let mut seen = String::new();
    read_until(&mut socket, &mut seen, "event: response.queued\n");
    assert!(!seen.contains("response.in_progress\""), "{seen}");
    let id = seen.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // Another one reads along, from the first event on.
    let mut other = connect(&server);
    other.write_all(&request("GET", &format!("{PATH}/{id}?stream=true"), &[KEY], b"")).unwrap();
    control(&server, "POST", &format!("/_standin/jobs/{}/release", job(&id)), "");
    let all = events(&read_answer(&mut other).body);
    assert_eq!(kinds(&all).last(), Some(&"response.completed"));
    assert_eq!(numbers(&all), (0..all.len() as u64).collect::<Vec<_>>());
    read_until(&mut socket, &mut seen, "event: response.completed\n");
}

#[test]
fn a_stream_says_how_it_ended_otherwise() {
    let server = mocked();
    let body = json!({"model": "gpt-5", "input": "otters", "background": true, "stream": true});
    let failed = events(&ask(&server, &body, Some("status=500")).body);
    let expected =
        ["response.created", "response.queued", "response.in_progress", "error", "response.failed"];
    assert_eq!(kinds(&failed), expected);
    assert_eq!(numbers(&failed), [0, 1, 2, 3, 4]);
    let id = failed[0]["response"]["id"].as_str().unwrap();
    assert_eq!(events(&get(&server, id, "?stream=true&starting_after=3").body), failed[4..]);
    let held = self::id(&create(&server, "otters", Some("hold")));
    call(&server, "POST", &format!("{PATH}/{held}/cancel"), &[KEY], "");
    let cancelled = events(&get(&server, &held, "?stream=true").body);
    assert_eq!(kinds(&cancelled), ["response.created", "response.queued"]);
}

/// Reads until a text is there.
fn read_until(socket: &mut impl Read, seen: &mut String, what: &str) {
    while !seen.contains(what) {
        let mut buffer = [0; 65536];
        let read = socket.read(&mut buffer).unwrap();
        assert!(read > 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
}

#[test]
fn who_reads_along_and_who_comes_back_are_told_the_same() {
    for (how, last) in [("cancel", "response.in_progress"), ("fail", "response.failed")] {
        let server = mocked();
        let body =
            json!({"model": "gpt-5", "input": "otters", "background": true, "stream": true}).to_string();
        let slow = [KEY, ("x-standin-pace", "ttft=0ms,itl=1h")];
        let mut socket = connect(&server);
        socket.write_all(&request("POST", PATH, &slow, body.as_bytes())).unwrap();
        let mut seen = String::new();
        read_until(&mut socket, &mut seen, "event: response.in_progress\n");
        let id = seen.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        if how == "fail" {
            // An item and a part of it are told, and nothing that it says.
            control(&server, "POST", "/_standin/jobs/advance", r#"{"by": "4h30m"}"#);
            read_until(&mut socket, &mut seen, "event: response.content_part.added\n");
        }
        control(&server, "POST", &format!("/_standin/jobs/{}/{how}", job(&id)), "");
        read_until(&mut socket, &mut seen, "\r\n0\r\n\r\n");
        let again = events(&get(&server, &id, "?stream=true").body);
        assert_eq!(kinds(&again).last(), Some(&last), "{again:?}");
        assert_eq!(numbers(&again), (0..again.len() as u64).collect::<Vec<_>>());
        let named = |event: &Value| format!("\"sequence_number\":{},", event["sequence_number"]);
        assert!(again.iter().all(|event| seen.contains(&named(event))), "{seen}");
        assert!(!seen.contains(&format!("\"sequence_number\":{},", again.len())), "{seen}");
    }
}
