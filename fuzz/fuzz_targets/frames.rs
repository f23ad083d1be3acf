//! Frames are never empty, and joined they are the body.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use standin_core::stream::Framing;

fuzz_target!(|data: &[u8]| {
    let body = Bytes::copy_from_slice(data);
    for framing in [Framing::Sse, Framing::Lines, Framing::Aws] {
        let frames = framing.split(&body);
        assert!(frames.iter().all(|frame| !frame.is_empty()));
        assert_eq!(frames.concat(), data);
    }
});
