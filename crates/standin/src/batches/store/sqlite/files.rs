//! Files and what they hold.

use super::{Kept, Meant, Named, Room, Table, micros, page, time};
use crate::jobs::store::Keyholder;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow};
use standin_core::batches::{File, Listing, NewFile, Page};

const COLUMNS: &str = "id, provider, owner_key, name, purpose, bytes, created, expires";
const SEEN: &str = "(expires IS NULL OR expires > ?)";

fn file_of(row: &SqlRow<'_>) -> rusqlite::Result<File> {
    Ok(File {
        id: row.get("id")?,
        provider: row.get("provider")?,
        owner_key: row.get("owner_key")?,
        name: row.get("name")?,
        purpose: row.get("purpose")?,
        bytes: row.get::<_, i64>("bytes")?.unsigned_abs(),
        created: time(row.get("created")?),
        expires: row.get::<_, Option<i64>>("expires")?.map(time),
    })
}

pub(super) fn keep(
    connection: &Connection,
    file: &NewFile,
    room: Room,
    now: Timestamp,
) -> rusqlite::Result<Kept> {
    connection
        .prepare_cached("DELETE FROM content WHERE file IN (SELECT seq FROM file WHERE expires <= ?1)")?
        .execute([micros(now)])?;
    connection.prepare_cached("DELETE FROM file WHERE expires <= ?1")?.execute([micros(now)])?;
    let (files, bytes): (i64, i64) = connection
        .prepare_cached("SELECT count(*), coalesce(sum(bytes), 0) FROM file")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let is_full = usize::try_from(files).is_ok_and(|files| files >= room.most)
        || bytes.unsigned_abs().saturating_add(file.file.bytes) > room.bytes;
    if is_full {
        return Ok(Kept::Full);
    }
    insert(connection, file)?;
    Ok(Kept::Kept)
}

pub(super) fn insert(connection: &Connection, new: &NewFile) -> rusqlite::Result<()> {
    let NewFile { file, content } = new;
    let bytes = i64::try_from(file.bytes).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "INSERT INTO file (id, provider, owner_key, name, purpose, bytes, created, expires) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            &file.id,
            &file.provider,
            &file.owner_key,
            &file.name,
            &file.purpose,
            bytes,
            micros(file.created),
            file.expires.map(micros),
        ))?;
    let seq = connection.last_insert_rowid();
    connection
        .prepare_cached("INSERT INTO content (file, bytes) VALUES (?1, ?2)")?
        .execute((seq, &content[..]))
        .map(drop)
}

pub(super) fn find(connection: &Connection, named: &Named, now: Timestamp) -> rusqlite::Result<Option<File>> {
    let found = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM file WHERE id = ? AND {SEEN}"))?
        .query_row((&named.id, micros(now)), file_of)
        .optional()?;
    Ok(found.filter(|file| named.is_file(file)))
}

pub(super) fn content(
    connection: &Connection,
    named: &Named,
    now: Timestamp,
) -> rusqlite::Result<Option<NewFile>> {
    let Some(file) = find(connection, named, now)? else {
        return Ok(None);
    };
    let bytes: Vec<u8> = connection
        .prepare_cached("SELECT content.bytes FROM content JOIN file ON file = seq WHERE id = ?1")?
        .query_row([&named.id], |row| row.get(0))?;
    Ok(Some(NewFile { file, content: bytes.into() }))
}

pub(super) fn forget(connection: &Connection, named: &Named, now: Timestamp) -> rusqlite::Result<bool> {
    if find(connection, named, now)?.is_none() {
        return Ok(false);
    }
    connection
        .prepare_cached("DELETE FROM content WHERE file = (SELECT seq FROM file WHERE id = ?1)")?
        .execute([&named.id])?;
    Ok(connection.prepare_cached("DELETE FROM file WHERE id = ?1")?.execute([&named.id])? == 1)
}

pub(super) fn list(
    connection: &Connection,
    provider: String,
    owner: Keyholder,
    listing: &Listing,
    now: Timestamp,
) -> rusqlite::Result<Option<Page<File>>> {
    let mut meant = Meant::of(provider, owner).and(SEEN, Value::Integer(micros(now)));
    if let Some(purpose) = &listing.purpose {
        meant = meant.and("purpose = ?", Value::Text(purpose.clone()));
    }
    page(connection, Table { name: "file", columns: COLUMNS, meant }, listing, file_of)
}
