//! Batches in the SQLite file of the jobs.
//!
//! ```text
//! files    files and what they hold      batches   batches as rows      lines   their lines
//! ```

mod batches;
mod files;
mod lines;

use super::{BatchStore, End, Kept, Named, Room, Which, ascends, begins_after};
use crate::jobs::store::sqlite::lane::{Reader, Writer};
use crate::jobs::store::{Answer, Keyholder, SqliteStore};
use jiff::Timestamp;
use rusqlite::types::{Type, Value};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params_from_iter};
use standin_core::batches::{
    Batch, Fence, File, Line, LineEnd, Listing, NewFile, NewLine, Page, Row, Step, Task,
};
use std::time::Duration;

/// Keeps batches in the file of a store of jobs. What it has answered is in the file.
#[derive(Debug)]
pub(crate) struct SqliteBatches {
    writer: Writer,
    reader: Reader,
}

fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

/// Lets leases of batches pass in a file that nobody else has open: those who held them are dead.
pub(crate) fn lapse(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    batches::lapse(connection, now)
}

/// What a page is looked for in.
struct Table<'a> {
    name: &'a str,
    columns: &'a str,
    meant: Meant,
}

/// What is meant: a condition, and the values for it.
struct Meant {
    condition: String,
    values: Vec<Value>,
}

// === impl Meant ===

impl Meant {
    /// What is somebody's, at a provider's.
    fn of(provider: String, owner: Keyholder) -> Self {
        let meant = Meant { condition: "provider = ?".to_owned(), values: vec![Value::Text(provider)] };
        match owner {
            Keyholder::Any => meant,
            Keyholder::Nobody => meant.and("owner_key IS ?", Value::Null),
            Keyholder::Key(key) => meant.and("owner_key = ?", Value::Text(key)),
        }
    }

    fn and(mut self, condition: &str, value: Value) -> Self {
        self.condition.push_str(" AND ");
        self.condition.push_str(condition);
        self.values.push(value);
        self
    }
}

fn page<T>(
    connection: &Connection,
    table: Table<'_>,
    listing: &Listing,
    read: impl Fn(&SqlRow<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<Page<T>>> {
    let Table { name, columns, meant: Meant { condition, mut values } } = table;
    let mut query = format!("SELECT {columns} FROM {name} WHERE {condition}");
    let ascends = ascends(listing);
    if let Some(id) = begins_after(listing) {
        let place = format!("SELECT seq FROM {name} WHERE {condition} AND id = ?");
        let named = values.iter().cloned().chain([Value::Text(id.to_owned())]);
        let place = connection.prepare_cached(&place)?.query_row(params_from_iter(named), |row| row.get(0));
        let Some(place) = place.optional()? else {
            return Ok(None);
        };
        query.push_str(if ascends { " AND seq > ?" } else { " AND seq < ?" });
        values.push(Value::Integer(place));
    }
    query.push_str(if ascends { " ORDER BY seq LIMIT ?" } else { " ORDER BY seq DESC LIMIT ?" });
    values.push(Value::Integer(i64::try_from(listing.limit).unwrap_or(i64::MAX).saturating_add(1)));
    let mut statement = connection.prepare_cached(&query)?;
    let found = statement.query_map(params_from_iter(values), |row| read(row))?;
    Ok(Some(Page::of(found.collect::<rusqlite::Result<_>>()?, listing)))
}

// === impl SqliteBatches ===

impl SqliteBatches {
    /// Keeps batches in the file of these jobs.
    pub(crate) fn of(jobs: &SqliteStore) -> Self {
        let (writer, reader) = jobs.lanes();
        SqliteBatches { writer, reader }
    }
}

impl BatchStore for SqliteBatches {
    fn keep(&self, file: NewFile, room: Room, now: Timestamp) -> Answer<Kept> {
        self.writer.write(move |tx, _| Ok(files::keep(tx, &file, room, now)?))
    }

    fn file(&self, named: Named, now: Timestamp) -> Answer<Option<File>> {
        self.reader.read(move |tx| files::find(tx, &named, now))
    }

    fn content(&self, named: Named, now: Timestamp) -> Answer<Option<NewFile>> {
        self.reader.read(move |tx| files::content(tx, &named, now))
    }

    fn forget(&self, named: Named, now: Timestamp) -> Answer<bool> {
        self.writer.write(move |tx, _| Ok(files::forget(tx, &named, now)?))
    }

    fn files(
        &self,
        provider: String,
        owner: Keyholder,
        listing: Listing,
        now: Timestamp,
    ) -> Answer<Option<Page<File>>> {
        self.reader.read(move |tx| files::list(tx, provider, owner, &listing, now))
    }

    fn submit(&self, row: Row, lines: Vec<NewLine>, most: usize, kept_from: Timestamp) -> Answer<Kept> {
        self.writer.write(move |tx, _| Ok(batches::submit(tx, &row, &lines, most, kept_from)?))
    }

    fn find(&self, named: Named) -> Answer<Option<Batch>> {
        self.reader.read(move |tx| batches::find(tx, &named))
    }

    fn list(&self, provider: String, owner: Keyholder, listing: Listing) -> Answer<Option<Page<Batch>>> {
        self.reader.read(move |tx| batches::list(tx, provider, owner, &listing))
    }

    fn delete(&self, named: Named) -> Answer<bool> {
        self.writer.write(move |tx, _| Ok(batches::delete(tx, &named)?))
    }

    fn step(&self, id: String, step: Step, now: Timestamp) -> Answer<Option<(Batch, bool)>> {
        self.writer.write(move |tx, _| Ok(batches::step(tx, &id, step, now)?))
    }

    fn claim(
        &self,
        task: Task,
        owner: String,
        lease: Duration,
        now: Timestamp,
    ) -> Answer<Option<(Row, Fence)>> {
        self.writer.write(move |tx, _| Ok(batches::claim(tx, task, &owner, lease, now)?))
    }

    fn begin(
        &self,
        fence: Fence,
        lines: Vec<NewLine>,
        model: Option<String>,
        now: Timestamp,
    ) -> Answer<Option<Batch>> {
        self.writer.write(move |tx, _| Ok(batches::begin(tx, &fence, &lines, model, now)?))
    }

    fn lines(&self, id: String, which: Which, from: u32, most: usize) -> Answer<Vec<Line>> {
        self.reader.read(move |tx| lines::some(tx, &id, which, from, most))
    }

    fn end_lines(&self, fence: Fence, ends: Vec<(u32, LineEnd)>, until: Timestamp) -> Answer<Option<Batch>> {
        self.writer.write(move |tx, _| Ok(lines::end(tx, fence, &ends, until)?))
    }

    fn end_rest(&self, fence: Fence, end: LineEnd) -> Answer<Option<Batch>> {
        self.writer.write(move |tx, _| Ok(lines::end_rest(tx, &fence, &end)?))
    }

    fn end(&self, end: End, now: Timestamp) -> Answer<bool> {
        self.writer.write(move |tx, _| Ok(batches::end(tx, end, now)?))
    }

    fn clear(&self) -> Answer<()> {
        self.writer.write(|tx, _| {
            tx.execute_batch("DELETE FROM line; DELETE FROM batch; DELETE FROM content; DELETE FROM file;")?;
            Ok(())
        })
    }
}
