use super::*;
use std::future::poll_fn;

pub(super) fn stream(beats: &[(u64, &'static str)], flush: Flush) -> Reply {
    let beats: Arc<[Beat]> = beats
        .iter()
        .map(|(at, text)| Beat { at: Duration::from_millis(*at), send: Bytes::from_static(text.as_bytes()) })
        .collect();
    Reply {
        status: http::StatusCode::OK,
        reason: None,
        headers: Arc::default(),
        body: ReplyBody::Stream(standin_core::Timeline { beats, flush, ending: Ending::Whole }),
    }
}

pub(super) fn line() -> Line {
    Line::new(&Arc::new(crate::server::line::Door::open()))
}

/// Every frame with the milliseconds at which it was sent.
async fn frames(reply: Reply) -> Vec<(u128, String)> {
    let started = Instant::now();
    let mut body = play(reply, started, &line()).await.unwrap().into_body();
    let mut seen = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let bytes = frame.unwrap().into_data().unwrap();
        seen.push((started.elapsed().as_millis(), String::from_utf8(bytes.to_vec()).unwrap()));
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn beats_are_sent_when_they_are_due() {
    let reply = stream(&[(2, "a"), (3, "b"), (30_000, "c"), (30_000, "d")], Flush::Each);
    let expected = [(2, "a"), (3, "b"), (30_000, "c"), (30_000, "d")];
    assert_eq!(frames(reply).await, expected.map(|(at, text)| (at, text.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_late_beat_makes_no_other_late() {
    let started = Instant::now();
    let mut body = play(stream(&[(10, "a"), (20, "b"), (60, "c")], Flush::Each), started, &line())
        .await
        .unwrap()
        .into_body();
    let mut next = async || {
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        frame.map(|_| started.elapsed().as_millis())
    };
    assert_eq!(next().await, Some(10));
    // The client reads nothing for a while.
    tokio::time::advance(Duration::from_millis(40)).await;
    assert_eq!(next().await, Some(50));
    assert_eq!(next().await, Some(60));
    assert_eq!(next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_whole_body_waits_with_its_head() {
    let at = Duration::from_secs(5);
    let reply =
        Reply { body: ReplyBody::Whole { at, bytes: Bytes::from_static(b"x") }, ..stream(&[], Flush::Each) };
    let started = Instant::now();
    let response = play(reply, started, &line()).await.unwrap();
    assert_eq!(started.elapsed(), at);
    assert_eq!(response.body().size_hint().exact(), Some(1));
}

/// Between two frames that must not share a write, the body is not ready once, which is when the
/// connection flushes.
#[tokio::test]
async fn frames_are_kept_apart_only_where_asked() {
    for (flush, pauses) in [(Flush::Together, 0), (Flush::Each, 2)] {
        let mut body = play(stream(&[(0, "a"), (0, "b"), (0, "c")], flush), Instant::now(), &line())
            .await
            .unwrap()
            .into_body();
        let mut pending = 0;
        loop {
            let polled = poll_fn(|cx| Poll::Ready(Pin::new(&mut body).poll_frame(cx))).await;
            match polled {
                Poll::Pending => pending += 1,
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => break,
            }
        }
        assert_eq!(pending, pauses, "{flush:?}");
    }
}
