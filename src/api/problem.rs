//! BigCommerce's many error bodies, read into one shape.
//!
//! Met so far: v3's `{status, title, type, detail?, errors?}` with `errors` a map, a list of texts,
//! or a list of objects; `batch_errors`; `{error: ...}` as text or object; `{code, message}`;
//! `{data: [...]}` with an error in each element; v2's `[{status, message, details?}]`; a bare JSON
//! string; an HTML page of some gateway; plain text; nothing at all. The status inside a body may
//! differ from the HTTP status and is not read: HTTP's counts.

use serde_json::Value;

/// Longest text kept of a title or a field.
const TEXT_MAX: usize = 300;
/// Most fields kept: a batch of hundreds may fail with the same text.
const FIELDS_MAX: usize = 50;
/// Deepest nesting followed.
const DEPTH_MAX: usize = 6;
/// Longest body looked at.
const BODY_MAX: usize = 256 * 1024;

/// What a body says went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// One line.
    pub title: String,
    /// Field and text, in the body's order.
    pub fields: Vec<(String, String)>,
    /// The numbers that the body of a 413 names: one of them is the largest size allowed.
    pub sizes: Vec<u32>,
    /// True for a web page: not an answer of the API itself.
    pub is_html: bool,
}

impl Problem {
    /// Reads a body, whatever it is.
    pub fn read(status: u16, body: &[u8]) -> Self {
        let body = &body[..body.len().min(BODY_MAX)];
        let start = body.trim_ascii_start();
        let mut problem = Self {
            title: String::new(),
            fields: Vec::new(),
            sizes: Vec::new(),
            is_html: start.first() == Some(&b'<'),
        };
        if problem.is_html {
            problem.title = html_title(&String::from_utf8_lossy(start));
        } else if let Ok(value) = serde_json::from_slice::<Value>(start) {
            problem.take(&value, 0);
        } else {
            let text = String::from_utf8_lossy(start);
            problem.title = line(text.lines().next().unwrap_or_default());
        }
        if problem.title.is_empty() {
            problem.title = reason(status).to_owned();
        }
        problem.fields.truncate(FIELDS_MAX);
        if status == 413 && problem.sizes.is_empty() {
            problem.sizes = numbers(&problem);
        }
        problem
    }

    fn say(&mut self, text: &str) {
        let text = line(text);
        if text.is_empty() || self.title.contains(&text) {
            return;
        }
        if !self.title.is_empty() {
            self.title.push_str(": ");
        }
        self.title.push_str(&text);
    }

    fn note(&mut self, field: &str, text: &str) {
        if self.fields.len() < FIELDS_MAX {
            self.fields.push((line(field), line(text)));
        }
    }

    fn take(&mut self, value: &Value, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        match value {
            Value::String(text) => self.say(text),
            Value::Array(elements) => {
                for element in elements {
                    self.take(element, depth + 1);
                }
            }
            Value::Object(members) => {
                for name in ["title", "message", "detail", "error"] {
                    match members.get(name) {
                        Some(Value::String(text)) => self.say(text),
                        Some(nested @ (Value::Object(_) | Value::Array(_))) => {
                            self.take(nested, depth + 1);
                        }
                        _ => {}
                    }
                }
                if let Some(details) = members.get("details") {
                    if let Some(most) = details.get("max_limit") {
                        let most = most.to_string();
                        self.sizes
                            .extend(most.trim_matches('"').parse::<u32>().ok());
                    }
                    self.take_fields("", details, depth + 1);
                }
                for name in ["errors", "batch_errors"] {
                    if let Some(errors) = members.get(name) {
                        self.take_fields("", errors, depth + 1);
                    }
                }
                // Elements that failed in a list of those that worked.
                if let Some(Value::Array(rows)) = members.get("data") {
                    for row in rows.iter().filter(|row| is_error(row)) {
                        self.take_fields("", row, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn take_fields(&mut self, field: &str, value: &Value, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        match value {
            Value::Null => {}
            Value::String(text) => self.note(field, text),
            Value::Array(elements) => {
                for element in elements {
                    self.take_fields(field, element, depth + 1);
                }
            }
            Value::Object(members) => {
                // `{field, message}`, or an error of its own with a title.
                let text = ["message", "title", "detail", "error"]
                    .iter()
                    .find_map(|name| members.get(*name)?.as_str());
                if let Some(text) = text {
                    let named = members.get("field").and_then(Value::as_str);
                    let errors = members.get("errors").filter(|errors| !is_empty(errors));
                    match errors {
                        Some(errors) => self.take_fields(field, errors, depth + 1),
                        None => self.note(named.unwrap_or(field), text),
                    }
                    return;
                }
                for (name, nested) in members {
                    let name = if field.is_empty() {
                        name.clone()
                    } else {
                        format!("{field}.{name}")
                    };
                    self.take_fields(&name, nested, depth + 1);
                }
            }
            other => self.note(field, &other.to_string()),
        }
    }
}

fn is_error(row: &Value) -> bool {
    ["title", "error", "errors", "message"]
        .iter()
        .any(|name| row.get(name).is_some())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// One line without control characters (a body must not drive the terminal), cut to length.
pub(super) fn line(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.len() > TEXT_MAX {
            let mut end = TEXT_MAX;
            while !out.is_char_boundary(end) {
                end -= 1;
            }
            out.truncate(end);
            out.push('…');
            break;
        }
    }
    out
}

fn html_title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let end = start + lower[start..].find("</title>")?;
        Some(line(&page[start..end]))
    });
    match title {
        Some(title) if !title.is_empty() => format!("{title} (a web page, not the API's answer)"),
        _ => "a web page came instead of the API's answer".to_owned(),
    }
}

/// All numbers in the texts of a 413 but the status itself, which is often repeated there.
fn numbers(problem: &Problem) -> Vec<u32> {
    let fields = problem.fields.iter().map(|(_, text)| text.as_str());
    std::iter::once(problem.title.as_str())
        .chain(fields)
        .flat_map(|text| text.split(|c: char| !c.is_ascii_digit()))
        .filter_map(|digits| digits.parse().ok())
        .filter(|number| *number > 0 && *number != 413)
        .collect()
}

/// What a status means where the body says nothing.
fn reason(status: u16) -> &'static str {
    match status {
        300..=399 => "the store redirects elsewhere",
        400 => "bad request",
        401 => "the token was not accepted",
        403 => "access denied",
        404 => "not found",
        405 => "method not allowed",
        409 => "conflict",
        413 => "too much asked at once",
        415 => "unsupported media type",
        422 => "invalid values",
        423 => "locked",
        429 => "too many requests",
        500 => "internal error of the store",
        502 => "bad gateway",
        503 => "service unavailable",
        504 => "gateway timeout",
        507 => "the plan's limit is reached",
        _ => "no reason given",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Problem {
        Problem::read(status, body.as_bytes())
    }

    fn fields(problem: &Problem) -> Vec<(&str, &str)> {
        let pairs = problem.fields.iter();
        pairs.map(|(f, t)| (f.as_str(), t.as_str())).collect()
    }

    #[test]
    fn every_documented_body_gives_a_title_and_its_fields() {
        type Case = (
            u16,
            &'static str,
            &'static str,
            &'static [(&'static str, &'static str)],
        );
        let cases: &[Case] = &[
            (
                422,
                r#"{"status":422,"title":"Invalid field(s)","type":"x","errors":{"name":"is required","price":["a","b"]}}"#,
                "Invalid field(s)",
                &[("name", "is required"), ("price", "a"), ("price", "b")],
            ),
            (
                400,
                r#"{"status":400,"title":"Bad","type":"x","detail":"no such param","errors":{}}"#,
                "Bad: no such param",
                &[],
            ),
            (
                422,
                r#"{"status":422,"title":"Invalid","errors":["one","two"]}"#,
                "Invalid",
                &[("", "one"), ("", "two")],
            ),
            (
                422,
                r#"{"errors":[{"status":422,"title":"t1"},{"status":422,"title":"t2","type":"x","errors":{"0.code":"taken"}}]}"#,
                "invalid values",
                &[("", "t1"), ("0.code", "taken")],
            ),
            (
                422,
                r#"{"status":422,"title":"T","errors":[{"field":"apply_once","message":"must be set"}]}"#,
                "T",
                &[("apply_once", "must be set")],
            ),
            (
                422,
                r#"{"batch_errors":[{"code":1,"message":"sku in use"}]}"#,
                "invalid values",
                &[("", "sku in use")],
            ),
            (
                400,
                r#"{"status":400,"title":"T","error":{"message":"said inside"}}"#,
                "T: said inside",
                &[],
            ),
            (
                503,
                r#"{"error":{"status":503,"title":"Try later","type":"x"}}"#,
                "Try later",
                &[],
            ),
            (
                422,
                r#"{"data":[{"order_id":1,"status":"FAILED","error":"no"},{"id":2}],"meta":{}}"#,
                "invalid values",
                &[("", "no")],
            ),
            (
                403,
                r#"{"code":30003,"message":"no scope"}"#,
                "no scope",
                &[],
            ),
            (
                404,
                r#"[{"status":404,"message":"The requested resource was not found."}]"#,
                "The requested resource was not found.",
                &[],
            ),
            (
                400,
                r#"[{"status":404,"message":"bad","details":{"invalid_reason":"not a date"}}]"#,
                "bad",
                &[("invalid_reason", "not a date")],
            ),
            (401, r#""Unauthorized token""#, "Unauthorized token", &[]),
            (401, "", "the token was not accepted", &[]),
            (400, "{}", "bad request", &[]),
            (
                500,
                "upstream fell over\nsecond line",
                "upstream fell over",
                &[],
            ),
            (
                502,
                "\n<!DOCTYPE html><html><head><TITLE>502 Bad Gateway</title></head></html>",
                "502 Bad Gateway (a web page, not the API's answer)",
                &[],
            ),
            (
                502,
                "<html>",
                "a web page came instead of the API's answer",
                &[],
            ),
            (418, "null", "no reason given", &[]),
        ];
        for (status, body, title, wanted) in cases {
            let problem = read(*status, body);
            assert_eq!(problem.title, *title, "{body}");
            assert_eq!(fields(&problem), *wanted, "{body}");
        }
    }

    #[test]
    fn a_413_names_the_number_that_is_allowed() {
        let sizes = |body: &str| read(413, body).sizes;
        assert_eq!(
            sizes(r#"{"status":413,"title":"Limit 250 exceeded, at most 100","errors":{}}"#),
            [250, 100]
        );
        assert_eq!(
            sizes(r#"[{"status":413,"message":"9 is too big","details":{"max_limit":50}}]"#),
            [50]
        );
        assert_eq!(
            sizes(r#"[{"status":413,"message":"too big","details":{"max_limit":"50"}}]"#),
            [50]
        );
        assert!(sizes(r#"{"status":413,"title":"413 Payload too large"}"#).is_empty());
        assert!(sizes("").is_empty());
        assert!(read(422, r#"{"title":"at most 10"}"#).sizes.is_empty());
    }

    #[test]
    fn a_body_cannot_drive_the_terminal_or_flood_it() {
        let problem = read(500, "\"\\u001b[2Jgone\\r\\nnext\"");
        assert_eq!(problem.title, "[2Jgone next");
        let long = format!("\"{}\"", "ä".repeat(5000));
        assert!(read(500, &long).title.len() < 400);
        let many: Vec<String> = (0..500).map(|n| format!("\"f{n}\":\"no\"")).collect();
        let body = format!("{{\"errors\":{{{}}}}}", many.join(","));
        assert_eq!(read(422, &body).fields.len(), FIELDS_MAX);
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(read(422, &deep).title, "invalid values");
    }
}
