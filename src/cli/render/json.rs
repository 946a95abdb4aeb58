//! A JSON array printed row by row, so that a long list needs no memory.

use std::ops::ControlFlow;

use serde::Serialize;

use super::output::Output;

/// So much is printed at once.
const PAGE_BYTES: usize = 64 * 1024;

/// An array on its way out.
pub struct List<'a> {
    output: &'a Output,
    begun: bool,
    page: String,
}

impl<'a> List<'a> {
    /// Nothing printed yet.
    pub fn new(output: &'a Output) -> Self {
        Self {
            output,
            begun: false,
            page: String::new(),
        }
    }

    /// One more. `Break` when nobody reads any more.
    pub fn row(&mut self, row: &impl Serialize) -> ControlFlow<()> {
        let before = if self.begun { ",\n  " } else { "[\n  " };
        self.begun = true;
        // A row is plain data: printing it can't fail.
        let text = serde_json::to_string(row).unwrap_or_default();
        self.page.extend([before, &text]);
        if self.page.len() < PAGE_BYTES {
            return ControlFlow::Continue(());
        }
        self.output.json_text(&std::mem::take(&mut self.page))
    }

    /// Closes it.
    pub fn finish(self) {
        let end = if self.begun { "\n]" } else { "[]" };
        let _ = self.output.json_text(&format!("{}{end}\n", self.page));
    }
}
