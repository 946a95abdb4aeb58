//! What clap says about a command line, turned into a failure like any other.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::commands::failure::{Failure, Kind};

/// Help or version that was asked for: text for standard output.
pub fn asked_for(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    )
}

/// Help that is shown because nothing was typed: text for standard error.
pub fn nothing_typed(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// The failure for a line that can't be understood.
pub fn failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let mut blocks = text.split("\n\n");
    let message = blocks
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    // Missing arguments are listed a line each; one line it shall be.
    let message = message
        .split('\n')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" ");
    let failure = Failure::new(Kind::Usage, message);
    match suggestion(error) {
        Some(near) => failure.hint(format!("did you mean '{near}'?")),
        None => failure.hint(help_hint(&text)),
    }
}

fn suggestion(error: &clap::Error) -> Option<String> {
    let kinds = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(near) => Some(near.clone()),
        ContextValue::Strings(near) => near.first().cloned(),
        _ => None,
    })
}

/// `vortex list --help`, from the usage line that clap adds.
fn help_hint(text: &str) -> String {
    let usage = text.lines().find_map(|line| line.strip_prefix("Usage: "));
    let words = usage.unwrap_or("vortex").split_whitespace();
    let plain = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase());
    let command: Vec<&str> = words.take_while(plain).take(2).collect();
    format!("see `{} --help`", command.join(" "))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::Cli;

    fn failure_of(line: &str) -> Failure {
        failure(&Cli::try_parse_from(line.split_whitespace()).unwrap_err())
    }

    #[test]
    fn a_misspelt_subcommand_or_flag_is_put_right() {
        assert_eq!(
            failure_of("vortex bakcup").hint.unwrap(),
            "did you mean 'backup'?"
        );
        assert_eq!(
            failure_of("vortex list --delete").hint.unwrap(),
            "did you mean '--deleted'?"
        );
        let format = failure_of("vortex diff product 1 --format sumary");
        assert_eq!(format.hint.unwrap(), "did you mean 'summary'?");
    }

    #[test]
    fn every_usage_error_is_one_line_and_points_to_the_help() {
        for line in [
            "vortex diff",
            "vortex show",
            "vortex backup --wait=soon",
            "vortex list -q -v",
        ] {
            let failure = failure_of(line);
            assert!(!failure.message.contains('\n'), "{failure}");
            assert!(!failure.message.is_empty());
            assert!(failure.hint.unwrap().starts_with("see `vortex "));
        }
    }
}
