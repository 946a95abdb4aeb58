//! One error for all that can go wrong between vortex and the API: what was asked, what came, what
//! to do. Never holds a token, a query or a body.

use std::fmt;

use super::problem::Problem;
use crate::model::ApiVersion;

/// What went wrong, as far as a caller may decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// 401: the token is missing, wrong or not of this store.
    Unauthorized,
    /// 403: the token lacks the scope, or the store hash is wrong.
    Forbidden,
    /// 404.
    NotFound,
    /// 413, or an answer larger than vortex takes in.
    TooLarge,
    /// 429, to the end of all patience.
    RateLimited,
    /// 5xx and 423: the store's side failed.
    Server,
    /// No answer, or not all of it: refused, reset, cut off, timed out.
    Network,
    /// An answer that is not what BigCommerce documents: broken JSON, HTML, rows that disagree with
    /// their own count.
    Malformed,
    /// Any other 4xx: the request is at fault.
    Invalid,
    /// The same page again and again.
    LoopingPages,
    /// Stopped by the caller.
    Cancelled,
    /// Not sent, or an answer not followed, because it would not be safe.
    Refused,
}

impl ErrorKind {
    /// The kind of a status that is no success.
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            300..=399 => Self::Refused,
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            413 => Self::TooLarge,
            429 => Self::RateLimited,
            423 | 500..=599 => Self::Server,
            400..=499 => Self::Invalid,
            _ => Self::Malformed,
        }
    }
}

/// A request that did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
pub struct Error(Box<Facts>);

#[derive(Debug, Clone)]
struct Facts {
    kind: ErrorKind,
    method: &'static str,
    path: String,
    status: Option<u16>,
    title: String,
    fields: Vec<(String, String)>,
    sizes: Vec<u32>,
    tries: u32,
    in_doubt: bool,
}

impl Error {
    pub(super) fn new(
        kind: ErrorKind,
        api: ApiVersion,
        path: &str,
        title: impl Into<String>,
    ) -> Self {
        Self(Box::new(Facts {
            kind,
            method: "GET",
            path: format!("/{}{path}", api.segment()),
            status: None,
            title: title.into(),
            fields: Vec::new(),
            sizes: Vec::new(),
            tries: 1,
            in_doubt: false,
        }))
    }

    /// The error that an answer other than a success stands for.
    pub(super) fn answered(api: ApiVersion, path: &str, status: u16, problem: Problem) -> Self {
        let mut error = Self::new(ErrorKind::of_status(status), api, path, problem.title);
        error.0.status = Some(status);
        error.0.fields = problem.fields;
        error.0.sizes = problem.sizes;
        error
    }

    /// The same in other words: for a store that repeats what was sent, where that holds secrets.
    #[must_use]
    pub fn reworded(mut self, word: impl Fn(&str) -> String) -> Self {
        self.0.title = word(&self.0.title);
        for (_, text) in &mut self.0.fields {
            *text = word(text);
        }
        self
    }

    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(super) fn with_tries(mut self, tries: u32) -> Self {
        self.0.tries = tries;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    pub(super) fn of_verb(mut self, verb: super::write::Verb) -> Self {
        self.0.method = verb.as_str();
        self
    }

    pub(super) fn doubtful(mut self) -> Self {
        self.0.in_doubt = true;
        self
    }

    /// True for a request that writes and that may have been done although no answer says so: to
    /// be looked up before it is sent again.
    pub fn is_in_doubt(&self) -> bool {
        self.0.in_doubt
    }

    /// The method: `GET`, `POST`, `PUT` or `DELETE`.
    pub fn method(&self) -> &'static str {
        self.0.method
    }

    /// The path behind `/stores/{hash}`, without its query: `/v3/catalog/products`.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The status answered; none where no answer came.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// What the store said, or what is wrong with its answer: one line.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// What the store said of single fields: name and text.
    pub fn fields(&self) -> &[(String, String)] {
        &self.0.fields
    }

    /// How often it was tried.
    pub fn tries(&self) -> u32 {
        self.0.tries
    }

    /// The largest page or batch size that a 413 named, less than the one that was asked for.
    pub fn allowed_below(&self, asked: u32) -> Option<u32> {
        self.0
            .sizes
            .iter()
            .copied()
            .filter(|size| *size < asked)
            .max()
    }

    /// True where the same request may well succeed later.
    pub fn is_temporary(&self) -> bool {
        match self.0.kind {
            ErrorKind::RateLimited | ErrorKind::Network | ErrorKind::Malformed => true,
            // Not implemented, version not supported, plan limit reached: nothing that passes.
            ErrorKind::Server => !matches!(self.0.status, Some(501 | 505 | 507)),
            _ => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match (self.0.kind, self.0.status) {
            (ErrorKind::Unauthorized, _) => {
                "the access token is wrong, was revoked or belongs to another store: check it and \
                 the store hash"
            }
            (ErrorKind::Forbidden, _) => {
                "the API account lacks a scope for this, or the store hash is wrong; scopes can't \
                 be added to an account, so make a new one with them"
            }
            (ErrorKind::NotFound, _) => "it is gone, or this store does not have the feature",
            (ErrorKind::TooLarge, _) => "ask for fewer rows at once",
            (ErrorKind::RateLimited, _) => {
                "other apps use up the store's quota, or BigCommerce is overloaded: try later, or \
                 with a smaller --quota-share"
            }
            (ErrorKind::Server, Some(503)) => {
                "the store is down for maintenance, suspended or unpaid; else see \
                 status.bigcommerce.com, and try later"
            }
            (ErrorKind::Server, Some(507)) => "the store's plan does not allow more of these",
            (ErrorKind::Server, Some(501 | 505)) => "BigCommerce does not offer this here",
            (ErrorKind::Server, _) => "see status.bigcommerce.com, and try later",
            (ErrorKind::Network, _) => "check the connection to the API, then run again",
            (ErrorKind::Malformed, _) => {
                "something between here and BigCommerce changes answers, or the API origin is not \
                 BigCommerce's; if it stays so, report it with -vv"
            }
            (ErrorKind::Invalid, _) => "the API has changed, or vortex is wrong: report it",
            (ErrorKind::LoopingPages, _) => "the store repeats a page for ever: try later",
            (ErrorKind::Cancelled, _) => "run again: it goes on from there",
            (ErrorKind::Refused, Some(_)) => {
                "the token is not sent after a redirect: give the final address as API origin"
            }
            (ErrorKind::Refused, None) => "an id or path like this is never sent",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = &self.0;
        write!(f, "{} {}: ", facts.method, facts.path)?;
        if let Some(status) = facts.status {
            write!(f, "{status} ")?;
        }
        f.write_str(&facts.title)?;
        let mut open = " (";
        for (field, text) in &facts.fields {
            f.write_str(open)?;
            if !field.is_empty() {
                write!(f, "{field}: ")?;
            }
            f.write_str(text)?;
            open = "; ";
        }
        if !facts.fields.is_empty() {
            f.write_str(")")?;
        }
        if facts.tries > 1 {
            write!(f, ", tried {} times", facts.tries)?;
        }
        Ok(())
    }
}
