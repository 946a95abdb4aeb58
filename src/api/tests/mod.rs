//! The layer as a whole: against a store in memory under simulated time, and against sockets.

mod http;
mod images;
mod listing;
mod pacing;
mod retrying;
mod server;
mod writing;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use url::Url;

use super::call::RateFacts;
use super::transport::{Lost, Outgoing, Reply, Transport};
use super::write::Verb;
use super::*;
use crate::model::ApiVersion;

/// A token that no output may show.
const TOKEN: &str = "s3cr3t-t0ken-of-the-store";

/// What the store in memory does with one request.
enum Step {
    Answer(Reply),
    Lost(Lost),
    /// No answer, ever.
    Hang,
}

/// An answer with this status and body, without headers.
fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply {
        status,
        rate: RateFacts::default(),
        location: None,
        body: Bytes::from(body.into()),
    }
}

fn answer(status: u16, body: impl Into<String>) -> Step {
    Step::Answer(reply(status, body))
}

type Script = dyn Fn(usize, &Url) -> Step + Send + Sync;

/// A store in memory: answers by a script that is told the request's number and address.
#[derive(Clone)]
struct Fake {
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    fn new(script: impl Fn(usize, &Url) -> Step + Send + Sync + 'static) -> Self {
        Self {
            script: Arc::new(script),
            asked: Arc::default(),
        }
    }

    fn client(&self) -> Client {
        self.client_with(|_| {})
    }

    fn client_with(&self, change: impl FnOnce(&mut ClientOptions)) -> Client {
        let mut options = options("https://api.bigcommerce.com");
        change(&mut options);
        Client::over(Box::new(self.clone()), options)
    }

    /// Path behind the version and query of each request so far.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Transport for Fake {
    fn send<'a>(&'a self, out: Outgoing<'a>) -> BoxFuture<'a, Result<Reply, Lost>> {
        let step = {
            let mut asked = self.asked.lock().unwrap();
            let text = out.url.as_str();
            let from = text.find("/v2/").or(text.find("/v3/")).unwrap() + 3;
            let verb = match out.verb {
                Verb::Get => String::new(),
                verb => format!("{} ", verb.as_str()),
            };
            asked.push(verb + &text[from..]);
            (self.script)(asked.len(), out.url)
        };
        Box::pin(async move {
            let reply = match step {
                Step::Answer(reply) => reply,
                Step::Lost(why) => return Err(why),
                Step::Hang => std::future::pending().await,
            };
            if reply.body.len() > out.body_max {
                return Err(Lost::TooLarge);
            }
            Ok(reply)
        })
    }
}

fn options(origin: &str) -> ClientOptions {
    let mut options = ClientOptions::new(
        Origin::parse(origin).unwrap(),
        StoreHash::parse("abc123").unwrap(),
        SecretString::from(TOKEN),
    );
    options.seed = Some(1);
    options
}

fn v3(path: &str) -> Call {
    Call::new(ApiVersion::V3, path)
}

/// A parameter of a request as a number.
fn param(url: &Url, name: &str) -> Option<u64> {
    let mut pairs = url.query_pairs();
    pairs.find(|(n, _)| n == name)?.1.parse().ok()
}
