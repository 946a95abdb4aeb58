//! Faults at every request of a backup in turn: whatever went wrong, after the next undisturbed
//! run the vault holds what it would have held had nothing gone wrong.

use vortex::model::RunStatus;
use vortex::sandbox::{Fault, What};

use super::{Dump, Rig};

fn reference(rig: &Rig) -> (Dump, u64) {
    rig.sandbox.clear_log();
    let run = rig.backup("reference");
    assert_eq!(run.status, RunStatus::Ok, "{run:?}");
    (rig.dump("reference"), rig.sandbox.requests() as u64)
}

/// Strikes at each request in turn.
fn every_request_survives(what: &What) {
    let rig = Rig::new("demo");
    let (expected, requests) = reference(&rig);
    for n in 1..=requests {
        let vault = format!("{n}");
        rig.sandbox.set_faults(vec![Fault::at(n, what.clone())]);
        let first = rig.backup(&vault);
        assert!(
            rig.sandbox.unreached_faults().is_empty(),
            "request {n} was never made"
        );
        rig.sandbox.set_faults(vec![]);
        let second = rig.backup(&vault);
        assert_eq!(second.status, RunStatus::Ok, "{what:?} at {n}: {second:?}");
        let found = rig.dump(&vault);
        if found != expected {
            let (key, versions) = found
                .iter()
                .find(|(key, versions)| expected.get(*key) != Some(versions))
                .map(|(key, v)| (key.clone(), format!("{v:?}")))
                .unwrap_or_else(|| ("an object is missing".into(), String::new()));
            panic!("{what:?} at request {n}: {key} differs: {versions}\n{first:?}");
        }
        std::fs::remove_file(rig.db(&vault)).unwrap();
    }
}

macro_rules! at_every_request {
    ($($name:ident: $what:expr,)+) => {
        $(#[test] fn $name() { every_request_survives(&$what); })+
    };
}

at_every_request! {
    a_429_with_headers_at_any_request: What::TooMany,
    a_429_without_headers_at_any_request: What::BareTooMany,
    a_500_at_any_request: What::Status(500),
    an_html_502_at_any_request: What::HtmlBadGateway,
    a_cut_body_at_any_request: What::CutBody,
    a_reset_at_any_request: What::Reset,
    wrong_json_at_any_request: What::WrongJson,
    json_of_another_shape_at_any_request: What::OddJson,
    a_page_that_shrinks_at_any_request: What::Shrink(1),
    a_page_that_miscounts_at_any_request: What::Miscount(1),
    a_page_that_shifts_at_any_request: What::Shift(1),
    a_page_that_repeats_for_ever_at_any_request: What::Repeat,
}
