//! What the binary prints about itself for other programs: completion scripts and manual pages.

use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Cli;
use super::config::nearest;
use crate::commands::failure::{Failure, Kind};

/// What the pages' footers name.
const SOURCE: &str = concat!("vortex ", env!("CARGO_PKG_VERSION"));

/// The completion script of a shell.
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "vortex", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The file that a shell looks for.
pub fn completions_file(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => "vortex.bash",
        Shell::Zsh => "_vortex",
        Shell::Fish => "vortex.fish",
        Shell::PowerShell => "vortex.ps1",
        _ => "vortex.elv",
    }
}

/// Every manual page: file name and text. The main one first.
pub fn pages() -> io::Result<Vec<(String, String)>> {
    let main = built();
    let mut pages = vec![("vortex.1".to_owned(), page(main.clone())?)];
    add_pages(&main, "vortex", &mut pages)?;
    Ok(pages)
}

/// The pages of a command's subcommands, and of theirs.
fn add_pages(of: &Command, prefix: &str, pages: &mut Vec<(String, String)>) -> io::Result<()> {
    // `vortex help` shows these very pages.
    for command in of
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
    {
        let name = format!("{prefix}-{}", command.get_name());
        // The synopsis names the command as it is typed, the title as man finds it.
        let titled = command.clone().display_name(name.clone());
        pages.push((format!("{name}.1"), page(titled)?));
        add_pages(command, &name, pages)?;
    }
    Ok(())
}

/// One page: the main one, or a subcommand's.
pub fn one_page(name: Option<&str>) -> Result<String, Failure> {
    let broken = |error: io::Error| Failure::new(Kind::Internal, error.to_string());
    let Some(name) = name else {
        return page(built()).map_err(broken);
    };
    let file = format!("vortex-{name}.1");
    let found = pages()
        .map_err(broken)?
        .into_iter()
        .find(|(title, _)| *title == file);
    found.map(|(_, text)| text).ok_or_else(|| {
        let failure = Failure::new(Kind::Usage, format!("there is no subcommand '{name}'"));
        let main = built();
        match nearest(name, main.get_subcommands().map(Command::get_name)) {
            Some(near) => failure.hint(format!("did you mean '{near}'?")),
            None => failure.hint("`vortex --help` lists all"),
        }
    })
}

/// Writes every page into a folder, which is made if need be. Returns how many.
pub fn write_pages(folder: &Path) -> Result<usize, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
    let pages = pages().map_err(|error| Failure::new(Kind::Internal, error.to_string()))?;
    for (file, text) in &pages {
        let path = folder.join(file);
        std::fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
    }
    Ok(pages.len())
}

/// The command line with the global flags handed down to every subcommand.
fn built() -> Command {
    let mut command = Cli::command();
    command.build();
    command
}

fn page(mut command: Command) -> io::Result<String> {
    let synopsis = synopsis(&mut command);
    let extra = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let is_main = command.get_name() == "vortex";
    let has_subcommands = command.has_subcommands();
    let man = Man::new(command).manual("vortex manual").source(SOURCE);
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    text.extend_from_slice(synopsis.as_bytes());
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if has_subcommands {
        man.render_subcommands_section(&mut text)?;
    }
    let mut text = String::from_utf8_lossy(&text).into_owned();
    for block in extra.split("\n\n") {
        text += &verbatim(block);
    }
    if !is_main {
        text += ".SH \"SEE ALSO\"\n\\fBvortex\\fR(1)\n";
    }
    Ok(text)
}

/// The usage as `--help` shows it, a line for each form.
fn synopsis(command: &mut Command) -> String {
    let usage = command.render_usage().to_string();
    let mut section = ".SH SYNOPSIS\n".to_owned();
    for (at, line) in usage.trim_start_matches("Usage:").lines().enumerate() {
        let line = line.trim().replace('\\', "\\e").replace('-', "\\-");
        // `vortex` and the subcommand's name stand out; what follows is to be filled in.
        let named = line
            .split_inclusive(' ')
            .take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
            .map(str::len)
            .sum();
        let (name, rest) = line.split_at(named);
        let space = if name.ends_with(' ') { " " } else { "" };
        if at > 0 {
            section.push_str(".br\n");
        }
        section += &format!("\\fB{}\\fR{space}{rest}\n", name.trim_end());
    }
    section
}

/// A block of help, a title line over lines to be kept as they are, as a section of its own.
fn verbatim(block: &str) -> String {
    let (title, lines) = block.split_once('\n').unwrap_or((block, ""));
    let mut section = format!(
        ".SH \"{}\"\n.nf\n",
        title.trim_end_matches(':').to_uppercase()
    );
    for line in lines.lines() {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        // Roff takes a point or an apostrophe at a line's start for a command.
        let guard = if line.starts_with(['.', '\'']) {
            "\\&"
        } else {
            ""
        };
        section += &format!("{guard}{line}\n");
    }
    section + ".fi\n"
}
