//! Lines of text whose parts carry a tone, and their way to plain text or ANSI.

use anstyle::{AnsiColor, Style};

/// What a piece of a line means to the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// A field's name.
    Name,
    /// Of the first document.
    Old,
    /// Of the second document.
    New,
    /// The words within an old line that are gone.
    OldWord,
    /// The words within a new line that are new.
    NewWord,
    /// Gone words between others that stayed; `[-...-]` where there is no colour.
    Cut,
    /// New words between others that stayed; `{+...+}` where there is no colour.
    Put,
    /// A heading.
    Head,
    /// Less than what stands around it: arrows, ellipses.
    Faint,
}

impl Tone {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Name => Style::new().bold(),
            Self::Old => colour(AnsiColor::Red),
            Self::New => colour(AnsiColor::Green),
            Self::OldWord | Self::Cut => colour(AnsiColor::Red).bold().invert(),
            Self::NewWord | Self::Put => colour(AnsiColor::Green).bold().invert(),
            Self::Head => colour(AnsiColor::Cyan),
            Self::Faint => Style::new().dimmed(),
        }
    }
}

/// A piece of a line in one tone. Its text holds no line end and no control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// How it looks.
    pub tone: Tone,
    /// What it says.
    pub text: String,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line(pub Vec<Span>);

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more piece.
    pub fn with(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.push(tone, text);
        self
    }

    /// One more piece; joined to the last where the tone is the same.
    pub fn push(&mut self, tone: Tone, text: impl Into<String>) {
        let text = text.into();
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.tone == tone => last.text.push_str(&text),
            _ => self.0.push(Span { tone, text }),
        }
    }

    /// The line as text, with or without colour, without a line end.
    pub fn text(&self, colour: bool) -> String {
        let mut out = String::new();
        for Span { tone, text } in &self.0 {
            let style = tone.style();
            match (colour, tone) {
                (true, Tone::Plain) => out.push_str(text),
                (true, _) => out.push_str(&format!("{style}{text}{style:#}")),
                (false, Tone::Cut) => out.push_str(&format!("[-{text}-]")),
                (false, Tone::Put) => out.push_str(&format!("{{+{text}+}}")),
                (false, _) => out.push_str(text),
            }
        }
        out
    }
}

/// Lines as text, each with a line end.
pub fn paint(lines: &[Line], colour: bool) -> String {
    let mut out = String::new();
    for line in lines {
        out.push_str(line.text(colour).trim_end_matches(' '));
        out.push('\n');
    }
    out
}
