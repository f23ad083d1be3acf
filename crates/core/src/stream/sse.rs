//! Event boundaries of server-sent events (WHATWG HTML, 9.2.5): a line ends with LF, CR or CRLF, an event
//! with a blank line. Blank lines that follow belong to the event before them.

/// The length of the first event, its terminating blank lines included; `None` when none is complete.
pub(super) fn event_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut line_is_blank = true;
    let mut seen_content = false;
    while at < bytes.len() {
        let step = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
            b'\r' | b'\n' => 1,
            _ => {
                // Straight to the end of this line.
                line_is_blank = false;
                seen_content = true;
                at += bytes[at..].iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
                continue;
            }
        };
        at += step;
        if line_is_blank && seen_content {
            return Some(at + blank_run(&bytes[at..]));
        }
        line_is_blank = true;
    }
    None
}

fn blank_run(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}
