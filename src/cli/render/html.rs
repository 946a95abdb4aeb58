//! Lines with tones as one self-contained HTML page: no script, no address of anybody's.

use crate::model::diff::{Line, Tone};

const STYLE: &str = "\
body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#222;background:#fff}
pre{font:13px/1.45 ui-monospace,monospace;overflow-x:auto;border:1px solid #ddd;padding:1rem}
.name{font-weight:600}.old{color:#a40e26}.new{color:#116329}.head{color:#0550ae}.faint{color:#777}
.cut{background:#ffd7d5;text-decoration:line-through}.put{background:#ccffd8}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#111}pre{border-color:#333}
.old{color:#ff8182}.new{color:#7ee787}.head{color:#79c0ff}.cut{background:#67060c}
.put{background:#033a16}}";

/// A page with a title and a block for each group of lines.
pub fn page(title: &str, blocks: &[Vec<Line>]) -> String {
    let title = escaped(title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    for block in blocks.iter().filter(|block| !block.is_empty()) {
        page += "<pre>";
        for line in block {
            for span in &line.0 {
                let text = escaped(&span.text);
                match class(span.tone) {
                    "" => page += &text,
                    class => page += &format!("<span class=\"{class}\">{text}</span>"),
                }
            }
            page.push('\n');
        }
        page += "</pre>\n";
    }
    page + "</body>\n</html>\n"
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Name => "name",
        Tone::Old => "old",
        Tone::New => "new",
        Tone::OldWord | Tone::Cut => "cut",
        Tone::NewWord | Tone::Put => "put",
        Tone::Head => "head",
        Tone::Faint => "faint",
    }
}

/// Text from a store is text in the page, whatever it says.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_from_the_store_stays_text() {
        let line = Line::new().with(Tone::Old, "<script>alert(1)</script>");
        let page = page("a & b", &[vec![line]]);
        assert!(!page.contains("<script"), "{page}");
        assert!(
            page.contains("<span class=\"old\">&lt;script&gt;"),
            "{page}"
        );
        assert!(page.contains("<title>a &amp; b</title>"), "{page}");
    }
}
