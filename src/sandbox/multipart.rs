//! Forms with a file in them (`multipart/form-data`, RFC 7578), as the upload of an image is one.
//!
//! Strict: a form that is not closed, or a part without a name, is no form.

/// A form's parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// The fields that are text: name and value.
    pub fields: Vec<(String, String)>,
    /// The field that is a file.
    pub file: Option<File>,
}

/// A file in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The field's name.
    pub field: String,
    /// The file's name.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Form {
    /// The text of a field.
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads a form; none where it is none.
pub fn parse(content_type: &str, body: &[u8]) -> Option<Form> {
    let boundary = content_type.split("boundary=").nth(1)?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let mark = format!("--{boundary}").into_bytes();
    let mut form = Form::default();
    let mut rest = body.strip_prefix(mark.as_slice())?;
    let between = [b"\r\n", mark.as_slice()].concat();
    loop {
        if rest.starts_with(b"--") {
            return Some(form);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&rest[..head_end]).ok()?;
        let content = &rest[head_end + 4..];
        let end = find(content, &between)?;
        part(&mut form, head, &content[..end])?;
        rest = &content[end + between.len()..];
    }
}

fn part(form: &mut Form, head: &str, content: &[u8]) -> Option<()> {
    let line = head
        .lines()
        .find(|line| line.to_lowercase().starts_with("content-disposition:"))?;
    let quoted = |name: &str| {
        let rest = line.split(&format!("{name}=\"")).nth(1)?;
        rest.split('"').next().map(str::to_owned)
    };
    // `filename="` ends in `name="` too, so the field's own name is looked for with its space.
    let field = quoted(" name")?;
    match quoted("filename") {
        Some(name) => {
            form.file = Some(File {
                field,
                name,
                bytes: content.to_vec(),
            });
        }
        None => {
            let value = String::from_utf8(content.to_vec()).ok()?;
            form.fields.push((field, value));
        }
    }
    Some(())
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|some| some == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_text_and_a_file_is_read_whole_or_not_at_all() {
        let body =
            b"--x\r\nContent-Disposition: form-data; name=\"sort_order\"\r\n\r\n3\r\n--x\r\n\
            Content-Disposition: form-data; name=\"image_file\"; filename=\"a.png\"\r\n\
            Content-Type: image/png\r\n\r\n\x89P\r\n\r\nNG\r\n--x--\r\n";
        let form = parse("multipart/form-data; boundary=x", body).unwrap();
        assert_eq!(form.text("sort_order"), Some("3"));
        let file = form.file.unwrap();
        assert_eq!(
            (file.field.as_str(), file.name.as_str()),
            ("image_file", "a.png")
        );
        assert_eq!(file.bytes, b"\x89P\r\n\r\nNG");
        let cut = &body[..body.len() - 8];
        assert_eq!(parse("multipart/form-data; boundary=x", cut), None);
        assert_eq!(parse("multipart/form-data", body), None);
    }
}
