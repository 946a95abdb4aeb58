//! Rows under a header: a table on a terminal, aligned plain lines in a pipe. Rows may come one by
//! one and without end; memory holds one page of them.

use std::ops::ControlFlow;

use anstyle::Style;
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, CellAlignment, Color, ColumnConstraint, ContentArrangement, Width};
use unicode_width::UnicodeWidthStr;

use super::output::{self, Output};
use super::words::visible;

/// Rows looked at together to find the columns' widths, and printed together.
const PAGE_ROWS: usize = 500;
/// Blank columns between two columns of a plain line.
const GAP: usize = 2;

/// One cell: its text and what it says by colour.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
}

impl<T: std::fmt::Display> From<T> for Cell {
    fn from(value: T) -> Self {
        Self {
            text: visible(&value.to_string()),
            style: Style::new(),
        }
    }
}

impl Cell {
    /// The same in a style.
    pub fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }
}

/// A column: its name, and whether numbers stand in it.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    name: &'static str,
    right: bool,
}

/// A column of words.
pub const fn left(name: &'static str) -> Column {
    Column { name, right: false }
}

/// A column of numbers.
pub const fn right(name: &'static str) -> Column {
    Column { name, right: true }
}

/// A table on its way out.
pub struct Table<'a> {
    output: &'a Output,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    widths: Vec<usize>,
    begun: bool,
}

impl<'a> Table<'a> {
    /// A table with these columns and no rows yet.
    pub fn new(output: &'a Output, columns: &[Column]) -> Self {
        let widths = columns.iter().map(|column| column.name.width()).collect();
        Self {
            output,
            columns: columns.to_vec(),
            rows: Vec::new(),
            widths,
            begun: false,
        }
    }

    /// Adds a row. `Break` when nobody reads any more.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) -> ControlFlow<()> {
        debug_assert_eq!(N, self.columns.len(), "a row has a cell for every column");
        self.rows.push(cells.into());
        if self.rows.len() == PAGE_ROWS {
            self.page()
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Prints what is left. A table without rows prints nothing, not even its header.
    pub fn finish(mut self) {
        if !self.rows.is_empty() {
            let _ = self.page();
        }
    }

    fn page(&mut self) -> ControlFlow<()> {
        self.measure();
        let text = if self.output.drawn {
            self.drawn()
        } else {
            self.plain()
        };
        self.begun = true;
        self.rows.clear();
        self.output.print(&text)
    }

    fn measure(&mut self) {
        for row in &self.rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
    }

    fn plain(&self) -> String {
        let mut text = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            let start = text.len();
            for ((cell, width), column) in cells.zip(&self.widths).zip(&self.columns) {
                let blank = " ".repeat(width.saturating_sub(cell.width()));
                match column.right {
                    true => text.extend([blank.as_str(), cell]),
                    false => text.extend([cell, blank.as_str()]),
                }
                text.push_str(&" ".repeat(GAP));
            }
            text.truncate(start + text[start..].trim_end().len());
            text.push('\n');
        };
        if !self.begun {
            line(&mut self.columns.iter().map(|column| column.name));
        }
        for row in &self.rows {
            line(&mut row.iter().map(|cell| cell.text.as_str()));
        }
        text
    }

    fn drawn(&self) -> String {
        let mut table = comfy_table::Table::new();
        table
            .load_style(NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic);
        let aligned = |cell: comfy_table::Cell, column: &Column| match column.right {
            true => cell.set_alignment(CellAlignment::Right),
            false => cell,
        };
        if !self.begun {
            let header = self.columns.iter();
            table.set_header(header.map(|column| {
                let cell = comfy_table::Cell::new(column.name).add_attribute(Attribute::Bold);
                aligned(cell, column)
            }));
        }
        for row in &self.rows {
            let cells = row.iter().zip(&self.columns);
            table.add_row(cells.map(|(cell, column)| aligned(coloured(cell), column)));
        }
        if self.begun {
            // The pages below the first keep at least its widths, so that columns stay columns.
            for (column, width) in table.column_iter_mut().zip(&self.widths) {
                let width = u16::try_from(*width).unwrap_or(u16::MAX).min(60);
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
            }
        }
        if let Some(first) = table.column_mut(0) {
            first.set_padding((0, 1));
            if !self.begun {
                // What a row is about is not broken in two; other columns give way.
                first.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        table.trim_fmt() + "\n"
    }
}

fn coloured(cell: &Cell) -> comfy_table::Cell {
    let drawn = comfy_table::Cell::new(&cell.text);
    match cell.style {
        style if style == output::GOOD => drawn.fg(Color::Green),
        style if style == output::WARN => drawn.fg(Color::Yellow),
        style if style == output::GONE => drawn.fg(Color::Red),
        style if style == output::BAD => drawn.fg(Color::Red).add_attribute(Attribute::Bold),
        style if style == output::DIM => drawn.add_attribute(Attribute::Dim),
        style if style == output::BOLD => drawn.add_attribute(Attribute::Bold),
        _ => drawn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Environment;

    fn table(output: &Output) -> Table<'_> {
        let columns = [left("entity"), right("live"), left("label")];
        let mut table = Table::new(output, &columns);
        for (entity, live, label) in [
            ("brands", 8, "Zoë 👕"),
            ("products", 5000, ""),
            ("pages", 12, "日本\u{1b}[31m語"),
        ] {
            let _ = table.row([Cell::from(entity), Cell::from(live), Cell::from(label)]);
        }
        table.measure();
        table
    }

    #[test]
    fn lines_in_a_pipe_are_aligned_and_end_without_blanks() {
        let output = Output::new(&Environment::default(), false, false, 0);
        insta::assert_snapshot!(table(&output).plain(), @r"
        entity    live  label
        brands       8  Zoë 👕
        products  5000
        pages       12  日本 [31m語
        ");
    }

    #[test]
    fn a_table_on_a_terminal_has_the_same_columns() {
        let output = Output::new(&Environment::default(), false, false, 0);
        let drawn = anstream::adapter::strip_str(&table(&output).drawn()).to_string();
        insta::assert_snapshot!(drawn, @r"
        entity    live  label
        brands       8  Zoë 👕
        products  5000
        pages       12  日本 [31m語
        ");
    }
}
