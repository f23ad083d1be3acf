//! From the lines of a batch to what is downloaded.

use super::Batches;
use super::run::Left;
use super::store::{End, Which};
use crate::jobs::store::StoreError;
use bytes::Bytes;
use standin_core::batches::{Batch, BatchApi, Fence, Line, NewFile, ResultFile, Results, Step};

/// How many lines are read from the store at once.
const PAGE: usize = 256;

// === impl Batches ===

impl Batches {
    /// The end of a batch whose lines have all ended.
    pub(super) async fn results(
        &self,
        api: &dyn BatchApi,
        batch: &Batch,
        fence: &Fence,
    ) -> Result<End, Left> {
        let mut end = End { fence: fence.clone(), output: None, errors: None, usage: None };
        if api.results() == Results::Batch {
            return Ok(end);
        }
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut next = 0;
        while let Some(lines) = self.ended_lines(batch, &mut next).await? {
            for line in &lines {
                let Some(ended) = &line.end else { continue };
                let (which, text) = api.result(batch, line, ended);
                match which {
                    ResultFile::Output => output.extend(text),
                    ResultFile::Errors => errors.extend(text),
                }
                if let standin_core::batches::LineEnd::Answered { body, .. } = ended {
                    api.add_usage(&mut end.usage, body);
                }
            }
            // There may be many of them.
            let step = Step::Renew { fence: fence.clone(), until: self.lease_end() };
            let renewed = self.store.step(batch.id.clone(), step, self.now()).await?;
            if !renewed.is_some_and(|(_, taken)| taken) {
                return Err(Left::Lost);
            }
        }
        let file = |which, text: Vec<u8>| {
            let mut file =
                api.result_file(batch, which, &|prefix, length| self.id(prefix, length), self.now());
            file.bytes = text.len() as u64;
            (!text.is_empty()).then(|| NewFile { file, content: text.into() })
        };
        end.output = file(ResultFile::Output, output);
        end.errors = file(ResultFile::Errors, errors);
        Ok(end)
    }

    /// All results of a batch that is over.
    pub(super) async fn all_results(&self, api: &dyn BatchApi, batch: &Batch) -> Result<Bytes, StoreError> {
        let mut text = Vec::new();
        let mut next = 0;
        while let Some(lines) = self.ended_lines(batch, &mut next).await? {
            for line in &lines {
                if let Some(end) = &line.end {
                    text.extend(api.result(batch, line, end).1);
                }
            }
        }
        Ok(text.into())
    }

    async fn ended_lines(&self, batch: &Batch, next: &mut u32) -> Result<Option<Vec<Line>>, StoreError> {
        let lines = self.store.lines(batch.id.clone(), Which::Ended, *next, PAGE).await?;
        let Some(last) = lines.last() else { return Ok(None) };
        *next = last.number.saturating_add(1);
        Ok(Some(lines))
    }
}
