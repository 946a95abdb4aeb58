//! The catalog.
use super::answer::Outcome;
use super::request::Req;
use super::store::Store;

/// Routes below `/v3/catalog`.
pub fn route(_store: &mut Store, _req: &Req) -> Option<Outcome> {
    None
}
