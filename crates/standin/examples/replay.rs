//! The server inside a test: no port to choose, nothing to stop.

#![expect(clippy::print_stdout, reason = "an example shows what it got")]

use serde_json::{Value, json};
use standin::Standin;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Standin::builder().cassettes("fixtures/cassettes").start().await?;

    let answer: Value = ureq::post(format!("{}/v1/chat/completions", server.url()))
        .send_json(json!({"model": "gpt-5-nano", "messages": [{"role": "user", "content": "Hello!"}]}))?
        .body_mut()
        .read_json()?;
    println!("{}", answer["choices"][0]["message"]["content"]);
    Ok(())
}
