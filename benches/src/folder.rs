//! Folders of cassettes.

use crate::Failure;
use crate::recording::Recording;
use std::path::{Path, PathBuf};

/// Writes recordings into a new folder, so many to a file, in files `0000.yaml`, `0001.yaml` and so on.
pub(crate) fn write(
    dir: PathBuf,
    recordings: impl IntoIterator<Item = Recording>,
    in_a_file: usize,
) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(&dir)?;
    let mut recordings = recordings.into_iter().peekable();
    let mut file = 0;
    while recordings.peek().is_some() {
        let mut text = String::from("interactions:\n");
        for recording in recordings.by_ref().take(in_a_file) {
            recording.write(&mut text);
        }
        text.push_str("version: 1\n");
        std::fs::write(dir.join(name(file)), text)?;
        file += 1;
    }
    Ok(dir)
}

fn name(file: usize) -> impl AsRef<Path> {
    format!("{file:04}.yaml")
}
