//! What a login came to.

use super::output::{DIM, GONE, GOOD, Output, WARN};
use super::table::{Cell, Table, left};
use crate::cli::handlers::login::Report;
use crate::commands::login::Readable;

/// The report as text.
pub fn text(output: &Output, report: &Report) {
    let mut table = Table::new(output, &[left("entity"), left("readable"), left("lacks")]);
    for row in &report.entities {
        let read = match row.read {
            Readable::Yes => Cell::from("yes").styled(GOOD),
            Readable::Partly => Cell::from("partly").styled(WARN),
            Readable::No => Cell::from("no").styled(GONE),
            Readable::Unknown => Cell::from("unknown").styled(DIM),
        };
        let lacks = match &row.error {
            Some(error) => error.clone(),
            None => row.lacks.join(", "),
        };
        let _ = table.row([Cell::from(row.entity), read, Cell::from(lacks)]);
    }
    table.finish();
    output.line(
        "What the token may write can't be found out without writing; a backup needs no more than \
         reading.",
    );
    if let Some(profile) = &report.profile {
        output.line(format!(
            "Store {} is the profile {profile} in {}.",
            report.store,
            report.config.display()
        ));
    }
    match report.token {
        "keyring" => output.line("The token is in the keyring."),
        "file" => output.line("The token is in the file that was named."),
        _ => {}
    }
}
