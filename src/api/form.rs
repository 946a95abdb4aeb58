//! Forms with one file in them (`multipart/form-data`, RFC 7578): how an image is sent.
//!
//! Made as bytes once, so that an attempt that is repeated sends the same.

use bytes::Bytes;
use serde_json::Value;

/// The file of a form.
#[derive(Clone)]
pub struct FilePart {
    /// The field's name (`image_file`).
    pub field: &'static str,
    /// The file's name; what has a meaning in a header is replaced.
    pub name: String,
    /// Its type (`image/png`).
    pub content_type: String,
    /// What is in it.
    pub bytes: Bytes,
}

impl std::fmt::Debug for FilePart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FilePart")
            .field("name", &self.name)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// The form of a file and the members of an object beside it: its type with the boundary, and its
/// bytes. `mark` is unlikely to be in the file.
pub(super) fn form(file: &FilePart, fields: &Value, mark: u128) -> (String, Bytes) {
    let boundary = format!("vortex-{mark:032x}");
    let mut out = Vec::with_capacity(file.bytes.len() + 1024);
    for (name, value) in fields.as_object().into_iter().flatten() {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
         Content-Type: {}\r\n\r\n",
        file.field,
        plain(&file.name),
        plain(&file.content_type)
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&file.bytes);
    out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let content_type = format!("multipart/form-data; boundary={boundary}");
    (content_type, Bytes::from(out))
}

/// Without quotes, line breaks and what else could end a header's value.
fn plain(text: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '"' | '\\');
    text.chars().map(|c| if odd(c) { '_' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_its_fields_and_the_file_as_it_is() {
        let file = FilePart {
            field: "image_file",
            name: "a\"b\r\n.png".to_owned(),
            content_type: "image/png".to_owned(),
            bytes: Bytes::from_static(b"\x89PNG\r\n"),
        };
        let fields = serde_json::json!({"description": "x", "sort_order": 3, "none": null});
        let (kind, bytes) = form(&file, &fields, 7);
        let boundary = kind.split("boundary=").nth(1).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            text.contains("name=\"sort_order\"\r\n\r\n3\r\n--"),
            "{text}"
        );
        assert!(text.contains("filename=\"a_b__.png\""), "{text}");
        assert!(!text.contains("none"), "{text}");
        assert!(
            text.ends_with(&format!("PNG\r\n\r\n--{boundary}--\r\n")),
            "{text}"
        );
    }
}
