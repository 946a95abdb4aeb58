//! A list's answer taken out of its envelope, and its own figures held against its rows.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::api::client::not_json;
use crate::api::transport::Reply;
use crate::model::ApiVersion;

/// The rows of one answer and what it tells of the list.
#[derive(Debug)]
pub(super) struct Rows {
    pub items: Vec<Box<RawValue>>,
    /// `meta.pagination`, if there.
    pub offset: Option<Offsets>,
    /// `meta.cursor_pagination`, if there.
    pub cursor: Option<Cursors>,
    /// Size of the body.
    pub bytes: usize,
}

/// `meta.pagination`.
#[derive(Debug, Clone, Default)]
pub(super) struct Offsets {
    pub total: Option<u64>,
    pub per_page: Option<u64>,
    pub total_pages: Option<u64>,
}

/// `meta.cursor_pagination`.
#[derive(Debug, Clone, Default)]
pub(super) struct Cursors {
    pub per_page: Option<u64>,
    pub end: Option<String>,
    /// True where `links.next` is there.
    pub next: bool,
}

impl Rows {
    /// Reads an answer. 204 is an empty list; a body that is cut, of another shape, or at odds with
    /// its own count is refused.
    pub fn read(api: ApiVersion, reply: &Reply) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Envelope {
            data: Vec<Box<RawValue>>,
            #[serde(default)]
            meta: Value,
        }
        if reply.status == 204 {
            return Ok(Self {
                items: Vec::new(),
                offset: None,
                cursor: None,
                bytes: 0,
            });
        }
        let body = &reply.body;
        let envelope = match api {
            ApiVersion::V3 => serde_json::from_slice::<Envelope>(body),
            ApiVersion::V2 => serde_json::from_slice(body).map(|data| Envelope {
                data,
                meta: Value::Null,
            }),
        };
        let Envelope { data, meta } = envelope.map_err(|why| not_json(body, &why))?;
        let rows = Self {
            bytes: body.len(),
            offset: block(&meta, "pagination").map(|block| Offsets {
                total: figure(block, "total"),
                per_page: figure(block, "per_page"),
                total_pages: figure(block, "total_pages"),
            }),
            cursor: block(&meta, "cursor_pagination").map(|block| Cursors {
                per_page: figure(block, "per_page"),
                end: text(block.get("end_cursor")),
                next: text(block.get("links").and_then(|links| links.get("next"))).is_some(),
            }),
            items: data,
        };
        let came = rows.items.len() as u64;
        // Where both blocks came, the offset one speaks of this page.
        let count = |name| block(&meta, name).and_then(|block| figure(block, "count"));
        let count = count("pagination").or_else(|| count("cursor_pagination"));
        if let Some(count) = count.filter(|count| *count != came) {
            return Err(format!("the page says it has {count} rows and has {came}"));
        }
        if let Some(total) = rows.total().filter(|total| *total < came) {
            return Err(format!(
                "the list says it has {total} rows and the page has {came}"
            ));
        }
        Ok(rows)
    }

    /// Rows in all, as this answer tells.
    pub fn total(&self) -> Option<u64> {
        self.offset.as_ref().and_then(|offset| offset.total)
    }

    /// The page size that the store used.
    pub fn per_page(&self) -> Option<u32> {
        let cursor = self.cursor.as_ref().and_then(|cursor| cursor.per_page);
        let offset = self.offset.as_ref().and_then(|offset| offset.per_page);
        let per_page = cursor.or(offset).filter(|per_page| *per_page > 0)?;
        u32::try_from(per_page).ok()
    }
}

/// A block of `meta`; an empty list stands for an absent one.
fn block<'a>(meta: &'a Value, name: &str) -> Option<&'a Value> {
    meta.get(name).filter(|block| block.is_object())
}

fn figure(block: &Value, name: &str) -> Option<u64> {
    match block.get(name)? {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}
