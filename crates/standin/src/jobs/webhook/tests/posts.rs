//! Where messages go, and where not.

use super::*;
use crate::jobs::webhook::post::{Answer, Post};
use http::HeaderMap;
use std::net::IpAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const NO_CONTENT: Answer = Answer::Status { status: 204, retry_after: None };

async fn send(addresses: Addresses, names: Names, url: &str) -> Answer {
    let body = Bytes::from_static(b"{}");
    Post::new(addresses, names).send(&url.parse().unwrap(), HeaderMap::new(), body).await
}

fn listed(name: &'static str, addresses: &[&str]) -> Names {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    Names::Listed([(name, addresses)].into())
}

fn unwanted(answer: &Answer) -> &str {
    match answer {
        Answer::Unwanted(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nothing_is_sent_to_what_is_private() {
    let receiver = Receiver::start(&[OK]).await;
    let port = receiver.address.port();
    // As numbers, which the system reads in more ways than a person.
    for host in
        ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost"]
    {
        let answer = send(Addresses::Public, Names::System, &format!("http://{host}:{port}/")).await;
        assert!(unwanted(&answer).contains("is not a public address"), "{host}: {answer:?}");
    }
    // As names.
    for addresses in
        [&["127.0.0.1"][..], &["8.8.8.8", "127.0.0.1"], &["127.0.0.1", "8.8.8.8"], &["::ffff:127.0.0.1"]]
    {
        let names = listed("a.example", addresses);
        let answer = send(Addresses::Public, names, &format!("http://a.example:{port}/")).await;
        assert!(unwanted(&answer).contains("127.0.0.1 is not a public address"), "{answer:?}");
    }
    assert!(receiver.got().is_empty());
    // The same is sent where it may be.
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433"] {
        let url = format!("http://{host}:{port}/");
        assert_eq!(send(Addresses::Private, Names::System, &url).await, NO_CONTENT, "{host}");
    }
    assert_eq!(receiver.got().len(), 3);
}

#[tokio::test]
async fn nothing_is_sent_where_clouds_tell_secrets() {
    for addresses in [&["169.254.169.254"][..], &["127.0.0.1", "fd00:ec2::254"]] {
        let answer = send(Addresses::Private, listed("metadata", addresses), "http://metadata/latest").await;
        assert!(unwanted(&answer).contains("tells machines their secrets"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_name_is_asked_for_once_and_called_by_its_name() {
    let receiver = Receiver::start(&[OK]).await;
    let port = receiver.address.port();
    // The first address is nobody's.
    let names = listed("hooks.example", &["127.0.0.9", "127.0.0.1"]);
    let url = format!("http://hooks.example:{port}/a");
    assert_eq!(send(Addresses::Private, names, &url).await, NO_CONTENT);
    assert_eq!(receiver.got()[0].field("host"), format!("hooks.example:{port}"));
    let none = send(Addresses::Public, listed("other", &[]), &url).await;
    assert_eq!(none, Answer::None("no such name".to_owned()));
    let empty = send(Addresses::Public, listed("hooks.example", &[]), &url).await;
    assert_eq!(empty, Answer::None("its name stands for no address".to_owned()));
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_not_read_to_its_end() {
    let receiver =
        Receiver::start(&[Does::SaysForEver("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")]);
    let url = receiver.await.url("/");
    let answer = send(Addresses::Private, Names::System, &url).await;
    assert_eq!(answer, Answer::Status { status: 200, retry_after: None });
}

#[tokio::test]
async fn a_receiver_says_when_it_wants_to_hear_again() {
    let says = |field| async move {
        let answer = format!("HTTP/1.1 503 B\r\nretry-after: {field}\r\ncontent-length: 0\r\n\r\n");
        let receiver = Receiver::start(&[Does::Says(answer.leak())]).await;
        match send(Addresses::Private, Names::System, &receiver.url("/")).await {
            Answer::Status { status: 503, retry_after } => retry_after,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(says("120").await, Some(Duration::from_secs(120)));
    assert_eq!(says("soon").await, None);
    assert_eq!(says("-1").await, None);
    assert_eq!(says("Wed, 21 Oct 2015 07:28:00 GMT").await, Some(Duration::ZERO));
    let far = says("Tue, 31 Dec 2999 23:59:59 GMT").await.unwrap();
    assert!(far > Duration::from_secs(24 * 60 * 60));
}

#[tokio::test]
async fn a_receiver_of_https_has_to_show_who_it_is() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let impostor = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = [0; 64];
        stream.read_exact(&mut heard).await.unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        heard
    });
    let answer = send(Addresses::Private, Names::System, &url).await;
    assert!(matches!(answer, Answer::None(_)), "{answer:?}");
    let heard = impostor.await.unwrap();
    assert_eq!(heard[..2], [0x16, 3], "a TLS handshake, and nothing in the clear");
}
