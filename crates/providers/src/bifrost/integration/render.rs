//! A job in a vendor's shape.

use super::Integration;
use super::translate::{message, response};
use crate::bifrost::{ASYNC_ID, ASYNC_STATUS, Answer, AsyncStatus, Envelope};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The words for a job that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StatusWords {
    /// `pending` and `processing`, as the API has them everywhere.
    #[default]
    Bifrost,
    /// `queued` and `in_progress`, which strict clients of OpenAI's ask for.
    OpenAi,
}

/// How a job that failed is told at a provider's own path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailedAs {
    /// As an error with its status; SDKs ask again on some of these.
    #[default]
    Error,
    /// As a response that has failed, with status 200, where the shape has one.
    Response,
}

/// How jobs are told at providers' own paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// The words for a job that has not ended.
    pub words: StatusWords,
    /// What becomes of a failure.
    pub failed: FailedAs,
}

/// A job, and the model that it asks.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The job.
    pub job: Envelope<'a>,
    /// The model, as it was submitted.
    pub model: &'a str,
}

// === impl View ===

impl View<'_> {
    /// What is said to who submits it or asks for it. Its id and how far it is stand in header fields, since the
    /// body of an answer has the vendor's own id.
    #[must_use]
    pub fn answer(&self, integration: Integration, manner: Manner) -> Answer {
        let answer = match self.job.status {
            AsyncStatus::Pending | AsyncStatus::Processing => {
                Answer::json(200, text(&self.unfinished(integration, manner.words)))
            }
            AsyncStatus::Completed => Answer::json(200, self.completed(integration)),
            AsyncStatus::Failed => self.failed(integration, manner.failed),
        };
        answer.with(ASYNC_ID, self.job.id).with(ASYNC_STATUS, self.job.status.name())
    }

    fn unfinished(&self, integration: Integration, words: StatusWords) -> Value {
        let status = match (words, self.job.status) {
            (StatusWords::OpenAi, AsyncStatus::Pending) => "queued",
            (StatusWords::OpenAi, AsyncStatus::Processing) => "in_progress",
            (_, status) => status.name(),
        };
        match integration {
            Integration::Responses => self.response(status, &Value::Null),
            Integration::Chat => json!({
                "id": self.job.id,
                "object": "chat.completion",
                "created": self.job.created.as_second(),
                "model": self.model,
                "choices": [],
                "status": status,
            }),
            Integration::Messages => json!({
                "id": self.job.id,
                "type": "message",
                "role": "assistant",
                "content": [],
                "model": self.model,
                "stop_reason": null,
                "stop_sequence": null,
                "usage": {"input_tokens": 0, "output_tokens": 0},
            }),
        }
    }

    /// A response without output, with the defaults of OpenAI's.
    fn response(&self, status: &str, error: &Value) -> Value {
        json!({
            "id": self.job.id,
            "object": "response",
            "created_at": self.job.created.as_second(),
            "status": status,
            "background": false,
            "completed_at": null,
            "error": error,
            "frequency_penalty": 0,
            "incomplete_details": null,
            "instructions": null,
            "max_output_tokens": null,
            "max_tool_calls": null,
            "model": self.model,
            "output": [],
            "parallel_tool_calls": true,
            "presence_penalty": 0,
            "previous_response_id": null,
            "prompt_cache_key": null,
            "reasoning": {"effort": null, "summary": null},
            "safety_identifier": null,
            "service_tier": "auto",
            "store": true,
            "temperature": 1,
            "text": {"format": {"type": "text"}, "verbosity": "medium"},
            "tool_choice": "auto",
            "tools": [],
            "top_logprobs": 0,
            "top_p": 1,
            "truncation": "disabled",
            "usage": null,
            "extra_fields": {"request_type": "", "latency": 0, "chunk_index": 0},
        })
    }

    fn completed(&self, integration: Integration) -> Vec<u8> {
        let result = self.job.result.unwrap_or(b"{}");
        match integration {
            Integration::Chat => Cow::Borrowed(result),
            Integration::Responses => response(result, self.job.created.as_second()),
            Integration::Messages => message(result),
        }
        .into_owned()
    }

    fn failed(&self, integration: Integration, failed: FailedAs) -> Answer {
        let status = self.job.status_code.filter(|status| (400..600).contains(status)).unwrap_or(500);
        let error =
            self.job.error.and_then(|error| serde_json::from_slice(error).ok()).unwrap_or(Value::Null);
        match (integration, failed) {
            (Integration::Responses, FailedAs::Response) => {
                let error = error.get("error").unwrap_or(&Value::Null);
                let code = [error.get("code"), error.get("type")]
                    .into_iter()
                    .flatten()
                    .find(|code| code.is_string());
                let code = code.cloned().unwrap_or_else(|| "server_error".into());
                let message = error.get("message").cloned().unwrap_or_else(|| "the job failed".into());
                Answer::json(200, text(&self.response("failed", &json!({"code": code, "message": message}))))
            }
            _ => Answer::json(status, integration.error(&error)),
        }
    }
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
