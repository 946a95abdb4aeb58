//! One call until it is answered: turn by turn, attempt by attempt, and what each answer means.
//!
//! A request that makes something is never repeated here where it may have been done.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use rand::RngExt;
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep};

use super::call::{Call, RateFacts};
use super::client::Client;
use super::error::{Error, ErrorKind};
use super::pace::Outcome;
use super::problem::Problem;
use super::retry::Patience;
use super::transport::{Lost, Outgoing, Reply};
use super::wait::{TOLD_FROM, WaitReason};
use super::write::Verb;

impl Client {
    /// Sends a call until an answer comes that `read` takes. What `read` refuses counts as
    /// malformed and is asked for again.
    pub(super) async fn exchange<T>(
        &self,
        call: &Call,
        body_max: usize,
        read: impl Fn(&Reply) -> Result<T, String>,
    ) -> Result<T, Error> {
        self.exchange_with(Verb::Get, None, call, body_max, read)
            .await
    }

    pub(super) async fn exchange_with<T>(
        &self,
        verb: Verb,
        body: Option<(&str, &Bytes)>,
        call: &Call,
        body_max: usize,
        read: impl Fn(&Reply) -> Result<T, String>,
    ) -> Result<T, Error> {
        let url = call.url(&self.shared.origin, &self.shared.store)?;
        let out = Outgoing {
            verb,
            url: &url,
            body,
            body_max,
        };
        let began = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let (error, rate) = match self.attempt(out, call, &read).await {
                Ok(value) => return Ok(value),
                Err((error, rate)) => (error.of_verb(verb), rate),
            };
            if verb == Verb::Post && error.is_temporary() && !surely_not_done(&error) {
                return Err(error.doubtful().with_tries(tries));
            }
            let chance = self.chance();
            let again =
                self.patience()
                    .after(&error, rate.as_ref(), tries, began.elapsed(), chance);
            let Some(again) = again else {
                return Err(error.with_tries(tries));
            };
            tracing::debug!(
                path = error.path(),
                status = error.status(),
                wait_ms = again.wait.as_millis() as u64,
                "to be tried again: {}",
                error.title()
            );
            if again.all {
                // The queue waits, tells so, and goes on in order.
                self.shared.pacer.block(again.wait);
            } else {
                self.pause(call, again.wait, error.status()).await?;
            }
        }
    }

    async fn attempt<T>(
        &self,
        out: Outgoing<'_>,
        call: &Call,
        read: &impl Fn(&Reply) -> Result<T, String>,
    ) -> Result<T, (Error, Option<RateFacts>)> {
        let cancelled = || (call.error(ErrorKind::Cancelled, "stopped"), None);
        let shared = &self.shared;
        let turn = shared
            .pacer
            .enter(call.api, &call.path, self.observer.as_ref());
        let permit = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(cancelled()),
            permit = turn => permit,
        };
        for meter in self.meters.iter() {
            meter.fetch_add(1, Ordering::Relaxed);
        }
        let began = Instant::now();
        let reply = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(cancelled()),
            reply = self.in_time(shared.transport.send(out)) => reply,
        };
        let status = reply.as_ref().ok().map(|reply| reply.status);
        tracing::debug!(
            method = out.verb.as_str(),
            path = %format_args!("/{}{}", call.api.segment(), call.path),
            status,
            ms = began.elapsed().as_millis() as u64,
            "asked"
        );
        let rate = reply.as_ref().ok().map(|reply| reply.rate);
        let result = match &reply {
            Ok(reply) => self.judge(call, reply, read),
            Err(why) => Err(lost(call, *why)),
        };
        let strained = match &result {
            Ok(_) => false,
            Err(error) => error.is_temporary() && error.kind() != ErrorKind::Malformed,
        };
        let outcome = if strained {
            Outcome::Strained
        } else {
            Outcome::Fine
        };
        permit.done(rate.as_ref(), outcome);
        result.map_err(|error| (error, rate))
    }

    fn patience(&self) -> Patience {
        self.hurry
            .map_or(self.shared.patience, |hurry| hurry.patience)
    }

    async fn in_time(
        &self,
        send: impl Future<Output = Result<Reply, Lost>>,
    ) -> Result<Reply, Lost> {
        match self.hurry {
            None => send.await,
            Some(hurry) => {
                let sent = tokio::time::timeout(hurry.attempt, send).await;
                sent.unwrap_or(Err(Lost::TimedOut))
            }
        }
    }

    fn judge<T>(
        &self,
        call: &Call,
        reply: &Reply,
        read: &impl Fn(&Reply) -> Result<T, String>,
    ) -> Result<T, Error> {
        let status = reply.status;
        if (200..300).contains(&status) {
            return read(reply).map_err(|why| call.malformed(why).with_status(status));
        }
        let mut problem = Problem::read(status, &reply.body);
        if status == 404 && problem.is_html {
            return Err(call.malformed(problem.title).with_status(status));
        }
        if let Some(location) = &reply.location
            && (300..400).contains(&status)
        {
            problem.title = format!("the store redirects to {location}");
        }
        self.strike_token(&mut problem);
        Err(Error::answered(call.api, &call.path, status, problem))
    }

    /// A store that repeats the token in its answer must not make us print it.
    fn strike_token(&self, problem: &mut Problem) {
        let token = self.shared.token.expose_secret();
        if token.is_empty() {
            return;
        }
        let strike = |text: &mut String| {
            if text.contains(token) {
                *text = text.replace(token, "[token]");
            }
        };
        strike(&mut problem.title);
        for (field, text) in &mut problem.fields {
            strike(field);
            strike(text);
        }
    }

    async fn pause(&self, call: &Call, wait: Duration, status: Option<u16>) -> Result<(), Error> {
        if let Some(observer) = &self.observer
            && wait >= TOLD_FROM
        {
            observer.waiting(wait, WaitReason::Retry { status });
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(call.error(ErrorKind::Cancelled, "stopped")),
            () = sleep(wait) => Ok(()),
        }
    }

    fn chance(&self) -> f64 {
        let mut dice = self
            .shared
            .dice
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        dice.random()
    }
}

/// Whether a failed POST can't have been done.
fn surely_not_done(error: &Error) -> bool {
    error.kind() == ErrorKind::RateLimited
        || error.title() == UNREACHABLE
        || error.title() == NO_HOST
}

const UNREACHABLE: &str = "the API can't be reached";
const NO_HOST: &str = "the API's host name can't be found";

fn lost(call: &Call, why: Lost) -> Error {
    let (kind, title) = match why {
        Lost::Unreachable => (ErrorKind::Network, UNREACHABLE),
        Lost::NoSuchHost => (ErrorKind::Network, NO_HOST),
        Lost::TimedOut => (ErrorKind::Network, "no answer in time"),
        Lost::CutOff => (ErrorKind::Network, "the connection broke off"),
        Lost::Garbled => (ErrorKind::Malformed, "the answer can't be unpacked"),
        Lost::TooLarge => (ErrorKind::TooLarge, "the answer is too large to take in"),
    };
    call.error(kind, title)
}
