//! Cassette files named on the command line.

use crate::failure::Failure;
use standin::cassette::{Cassette, parse};
use std::path::{Path, PathBuf};

/// Reads a cassette.
pub(super) fn read(path: &Path) -> Result<Cassette, Failure> {
    let bytes =
        standin::read_bounded(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    parse(&bytes).map_err(|error| Failure::Cassette { path: path.to_owned(), error })
}

/// The files themselves, and every `.yaml` and `.yml` below the folders, sorted. At least one: a check of
/// nothing is a mistake.
pub(super) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let metadata =
            std::fs::metadata(path).map_err(|source| Failure::Read { path: path.clone(), source })?;
        if metadata.is_file() {
            files.push(path.clone());
            continue;
        }
        for entry in walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name() {
            let entry = entry.map_err(|error| Failure::Read {
                path: error.path().unwrap_or(path).to_owned(),
                source: error.into(),
            })?;
            let extension = entry.path().extension();
            if entry.file_type().is_file() && extension.is_some_and(|one| one == "yaml" || one == "yml") {
                files.push(entry.into_path());
            }
        }
    }
    if files.is_empty() {
        return Err(Failure::NoCassettes(paths.to_vec()));
    }
    Ok(files)
}

/// Two columns' worth of text, shortened to fit a line.
pub(super) fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}
