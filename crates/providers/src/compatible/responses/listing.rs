//! Pages of a list.

use super::revisit::Query;
use super::text;
use serde_json::{Value, json};

/// A page of items, which are given oldest first: `limit`, `order` and `after` as the query has them.
pub(super) fn page(items: &[Value], query: &Query) -> Value {
    const USUAL: usize = 20;
    const MOST: usize = 100;
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(USUAL).clamp(1, MOST);
    let ascending = query.get("order") == Some("asc");
    let ordered: Vec<&Value> = if ascending { items.iter().collect() } else { items.iter().rev().collect() };
    let after = query.get("after").filter(|after| !after.is_empty());
    let from = after.map_or(Some(0), |after| {
        ordered.iter().position(|item| text(item, "id") == Some(after)).map(|at| at + 1)
    });
    let rest = from.map_or(&[][..], |from| &ordered[from..]);
    let data = &rest[..rest.len().min(limit)];
    let id = |item: Option<&&Value>| item.and_then(|item| item.get("id")).cloned();
    json!({
        "object": "list",
        "data": data,
        "first_id": id(data.first()),
        "last_id": id(data.last()),
        "has_more": rest.len() > data.len(),
    })
}
