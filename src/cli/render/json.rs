//! A JSON array printed row by row, so that a long list needs no memory.

use std::ops::ControlFlow;

use serde::Serialize;

use super::output::Output;

/// An array on its way out.
pub struct List<'a> {
    output: &'a Output,
    begun: bool,
}

impl<'a> List<'a> {
    /// Nothing printed yet.
    pub fn new(output: &'a Output) -> Self {
        Self {
            output,
            begun: false,
        }
    }

    /// One more. `Break` when nobody reads any more.
    pub fn row(&mut self, row: &impl Serialize) -> ControlFlow<()> {
        let before = if self.begun { ",\n  " } else { "[\n  " };
        self.begun = true;
        // A row is plain data: printing it can't fail.
        let text = serde_json::to_string(row).unwrap_or_default();
        self.output.print(&format!("{before}{text}"))
    }

    /// Closes it.
    pub fn finish(self) {
        self.output.line(if self.begun { "\n]" } else { "[]" });
    }
}
