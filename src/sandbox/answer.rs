//! Answers in BigCommerce's shapes: v3 envelopes with offset or cursor paging, v2's bare lists,
//! and the bodies of errors of both.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::request::Req;
use crate::model::ApiVersion;

/// What a route gives back: an answer, or a refusal that is one too.
pub type Outcome = Result<Reply, Reply>;

/// One answer before it becomes bytes.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body; none for 204.
    pub body: Option<Value>,
    /// The body's type.
    pub content_type: &'static str,
}

impl Reply {
    /// JSON with a status.
    pub fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Some(body),
            content_type: "application/json",
        }
    }
}

/// Page sizes of a list.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Without `limit`.
    pub default: usize,
    /// More is answered with 413.
    pub max: usize,
}

/// 50 rows, at most 250: the general rule.
pub const USUAL: Caps = Caps {
    default: 50,
    max: 250,
};

/// 204 without a body.
pub fn no_content() -> Reply {
    Reply {
        status: 204,
        body: None,
        content_type: "application/json",
    }
}

/// One v3 object.
pub fn v3_one(data: Value) -> Reply {
    v3_status(200, data)
}

/// One v3 object under another status (201).
pub fn v3_status(status: u16, data: Value) -> Reply {
    Reply::json(status, json!({"data": data, "meta": {}}))
}

/// A v3 error body; `fields` are its `errors`.
pub fn problem(status: u16, title: &str, fields: &[(&str, &str)]) -> Reply {
    let errors: Map<String, Value> = fields
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Value::from(*text)))
        .collect();
    let body = json!({
        "status": status,
        "title": title,
        "type": "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes",
        "errors": errors,
    });
    Reply::json(status, body)
}

/// 422 with the fields that are wrong.
pub fn invalid(fields: &[(&str, &str)]) -> Reply {
    problem(422, "JSON data is missing or invalid", fields)
}

/// A v2 error body: a list of one.
pub fn v2_error(status: u16, message: &str) -> Reply {
    Reply::json(status, json!([{"status": status, "message": message}]))
}

/// Which rows an offset page holds.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// From 1.
    pub number: usize,
    /// Rows a page.
    pub limit: usize,
    shift: usize,
}

impl Page {
    /// Reads `page` and `limit`; 413 beyond the list's maximum, naming it.
    pub fn read(req: &Req, caps: Caps) -> Result<Self, Reply> {
        Ok(Self {
            number: usize_of(req.positive("page")?.unwrap_or(1)),
            limit: limit_of(req, caps)?,
            shift: req.shift,
        })
    }

    /// The places of its rows among `total`.
    pub fn range(&self, total: usize) -> Range<usize> {
        let start = (self.number - 1)
            .saturating_mul(self.limit)
            .saturating_add(self.shift);
        let start = start.min(total);
        start..start.saturating_add(self.limit).min(total)
    }
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn limit_of(req: &Req, caps: Caps) -> Result<usize, Reply> {
    let limit = req.positive("limit")?.map_or(caps.default, usize_of);
    if limit > caps.max {
        let title = format!(
            "The page size is too large. The maximum limit is {}.",
            caps.max
        );
        return Err(req.refuse(413, &title));
    }
    Ok(limit)
}

/// The rows of one page as a v3 list, when the whole list has `total`.
pub fn v3_page(req: &Req, page: Page, total: usize, data: Vec<Value>) -> Reply {
    let count = data.len();
    let meta = json!({"pagination": pagination(req, page, total, count)});
    Reply::json(200, json!({"data": data, "meta": meta}))
}

/// The offset block of `meta`.
fn pagination(req: &Req, page: Page, total: usize, count: usize) -> Value {
    let pages = total.div_ceil(page.limit).max(1);
    let link = |number: usize| {
        let (number, limit) = (number.to_string(), page.limit.to_string());
        Value::from(
            req.query
                .link(&["page", "limit"], &[("page", &number), ("limit", &limit)]),
        )
    };
    let mut links = Map::new();
    if page.number > 1 {
        links.insert("previous".to_owned(), link(page.number - 1));
    }
    links.insert("current".to_owned(), link(page.number));
    if page.number < pages {
        links.insert("next".to_owned(), link(page.number + 1));
    }
    json!({
        "total": total,
        "count": count,
        "per_page": page.limit,
        "current_page": page.number,
        "total_pages": pages,
        "links": links,
    })
}

/// A whole v3 list cut to the page that was asked for.
pub fn v3_list(req: &Req, rows: Vec<Value>, caps: Caps) -> Outcome {
    let page = Page::read(req, caps)?;
    let total = rows.len();
    let range = page.range(total);
    let data = rows
        .into_iter()
        .skip(range.start)
        .take(range.len())
        .collect();
    Ok(v3_page(req, page, total, data))
}

/// Renames `total_pages` as two of the documents have it.
pub fn misspell_pages(reply: &mut Reply) {
    let paging = reply
        .body
        .as_mut()
        .and_then(|body| body.pointer_mut("/meta/pagination"));
    if let Some(Value::Object(paging)) = paging
        && let Some(pages) = paging.remove("total_pages")
    {
        paging.insert("total_page".to_owned(), pages);
    }
}

/// A v3 list that the document describes as unpaged: everything, with an empty `meta`.
pub fn v3_all(rows: Vec<Value>) -> Reply {
    Reply::json(200, json!({"data": rows, "meta": {}}))
}

/// Gives a whole answer the paging block that its schema promises.
pub fn counted(reply: &mut Reply) {
    let Some(body) = &mut reply.body else { return };
    let count = body["data"].as_array().map_or(0, Vec::len);
    body["meta"] = json!({"pagination": {"total": count, "count": count,
        "per_page": USUAL.default, "current_page": 1, "total_pages": 1,
        "links": {"current": format!("?page=1&limit={}", USUAL.default)}}});
}

/// A v3 list that can be walked by `page` or by `after`/`before`. `rows` are in the order of `id`,
/// the member that the cursor is made of. Both blocks of `meta` come when neither was asked for.
pub fn v3_cursor_list(req: &Req, rows: Vec<Value>, id: &str, caps: Caps) -> Outcome {
    let (after, before) = (req.query.get("after"), req.query.get("before"));
    if after.is_some() && before.is_some() {
        return Err(req.refuse(422, "'after' and 'before' exclude each other."));
    }
    if after.is_none() && before.is_none() {
        let first = !req.query.has("page");
        let mut reply = v3_list(req, rows, caps)?;
        if first && let Some(body) = &mut reply.body {
            let more = body.pointer("/meta/pagination/links/next").is_some();
            let data = body["data"].as_array().cloned().unwrap_or_default();
            let per_page = body["meta"]["pagination"]["per_page"].clone();
            body["meta"]["cursor_pagination"] = cursor_block(req, &data, id, per_page, false, more);
        }
        return Ok(reply);
    }
    let limit = limit_of(req, caps)?;
    let place = |cursor: &str| read_cursor(cursor).ok_or_else(|| req.wrong_type("after"));
    let number = |row: &Value| row[id].as_u64().unwrap_or(0);
    let (data, less, more) = if let Some(after) = after {
        let from = place(after)?;
        let start = rows.partition_point(|row| number(row) <= from);
        let end = (start + limit).min(rows.len());
        (rows[start..end].to_vec(), start > 0, end < rows.len())
    } else {
        let to = place(before.unwrap_or_default())?;
        let end = rows.partition_point(|row| number(row) < to);
        let start = end.saturating_sub(limit);
        (rows[start..end].to_vec(), start > 0, end < rows.len())
    };
    let block = cursor_block(req, &data, id, json!(limit), less, more);
    Ok(Reply::json(
        200,
        json!({"data": data, "meta": {"cursor_pagination": block}}),
    ))
}

fn cursor_block(
    req: &Req,
    data: &[Value],
    id: &str,
    per_page: Value,
    less: bool,
    more: bool,
) -> Value {
    let cursor = |row: Option<&Value>| row.map(|row| cursor_of(row[id].as_u64().unwrap_or(0)));
    let (start, end) = (cursor(data.first()), cursor(data.last()));
    let limit = per_page.to_string();
    let paging = ["page", "limit", "after", "before"];
    let link = |name: &str, cursor: &str| {
        Value::from(
            req.query
                .link(&paging, &[(name, cursor), ("limit", &limit)]),
        )
    };
    let mut links = Map::new();
    if let (true, Some(start)) = (less, &start) {
        links.insert("previous".to_owned(), link("before", start));
    }
    let current = req.query.link(&["limit"], &[("limit", &limit)]);
    links.insert("current".to_owned(), Value::from(current));
    if let (true, Some(end)) = (more, &end) {
        links.insert("next".to_owned(), link("after", end));
    }
    json!({
        "count": data.len(),
        "per_page": per_page,
        "start_cursor": start.unwrap_or_default(),
        "end_cursor": end.unwrap_or_default(),
        "links": links,
    })
}

/// A v2 list cut to its page: a bare array, or 204 when there is nothing on it.
pub fn v2_list(req: &Req, rows: Vec<Value>, caps: Caps) -> Outcome {
    debug_assert_eq!(req.api, ApiVersion::V2, "v2 lists belong to v2 paths");
    let page = Page::read(req, caps)?;
    let range = page.range(rows.len());
    let data: Vec<Value> = rows
        .into_iter()
        .skip(range.start)
        .take(range.len())
        .collect();
    Ok(v2_bare(data))
}

/// A bare v2 array, 204 when it is empty.
pub fn v2_bare(rows: Vec<Value>) -> Reply {
    if rows.is_empty() {
        no_content()
    } else {
        Reply::json(200, Value::Array(rows))
    }
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The cursor of an id: `id:7` in base64, as BigCommerce's examples have it.
fn cursor_of(id: u64) -> String {
    let mut out = String::new();
    for chunk in format!("id:{id}").as_bytes().chunks(3) {
        let mut word = 0usize;
        for place in 0..3 {
            word = word << 8 | usize::from(chunk.get(place).copied().unwrap_or(0));
        }
        for place in 0..4 {
            let digit = char::from(DIGITS[word >> (18 - 6 * place) & 63]);
            out.push(if place <= chunk.len() { digit } else { '=' });
        }
    }
    out
}

fn read_cursor(cursor: &str) -> Option<u64> {
    let mut bytes = Vec::new();
    let (mut word, mut bits) = (0usize, 0);
    for byte in cursor.trim_end_matches('=').bytes() {
        word = (word << 6 | DIGITS.iter().position(|digit| *digit == byte)?) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(word >> bits & 255).ok()?);
        }
    }
    String::from_utf8(bytes)
        .ok()?
        .strip_prefix("id:")?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_made_as_in_the_documents_and_read_back() {
        assert_eq!(cursor_of(7), "aWQ6Nw==");
        for id in [0, 7, 14, 123, 9_007_199_254_740_993, u64::MAX] {
            assert_eq!(read_cursor(&cursor_of(id)), Some(id));
        }
        assert_eq!(read_cursor("nonsense!"), None);
    }
}
