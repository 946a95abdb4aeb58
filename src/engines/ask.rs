//! From a description's words to requests: the one place where the two meet.

use crate::api::{Call, Listing};
use crate::entities::entity::Query;
use crate::model::{ApiVersion, Paging};

/// A list as a description tells it; `id` is the member that tells its rows apart.
pub fn listing(
    api: ApiVersion,
    path: &str,
    query: Query,
    paging: Paging,
    limit: u32,
    id: &'static str,
) -> Listing {
    let mut listing = Listing::new(api, path, paging);
    listing.limit = limit;
    listing.id = id;
    listing.query = owned(query);
    listing
}

/// One request.
pub fn call(api: ApiVersion, path: &str, query: Query) -> Call {
    let mut call = Call::new(api, path);
    call.query = owned(query);
    call
}

fn owned(query: Query) -> Vec<(String, String)> {
    query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
