//! What a piece of work cost this process, and whether it was too much.

use std::time::Duration;

/// What was passed is told at the end, all at once.
#[derive(Default)]
pub struct Limits(Vec<String>);

impl Limits {
    pub fn check(&mut self, what: &str, value: f64, limit: f64) {
        let within = value <= limit;
        println!(
            "{} {what}: {value:.3} (at most {limit})",
            if within { "ok  " } else { "OVER" }
        );
        if !within {
            self.0.push(what.to_owned());
        }
    }

    pub fn end(self) {
        assert!(self.0.is_empty(), "over the limit: {}", self.0.join(", "));
    }
}

fn proc(file: &str, field: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/self/{file}")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// The most memory that this process has had.
pub fn peak_kib() -> u64 {
    proc("status", "VmHWM:")
}

/// Bytes handed to the system to write.
pub fn io_written() -> u64 {
    proc("io", "wchar:")
}

/// Processor time of this process.
pub fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks = |n: usize| {
        fields
            .get(n)
            .and_then(|f| f.parse::<u64>().ok())
            .unwrap_or(0)
    };
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}
