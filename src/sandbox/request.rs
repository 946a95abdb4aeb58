//! A request as the families of routes see it: method, path in segments, query, JSON body.

use serde_json::Value;

use super::answer::{self, Outcome, Reply};
use super::multipart::Form;
use crate::model::ApiVersion;

/// The methods that BigCommerce's API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Updates, or creates where there is a natural key.
    Put,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method of that name, if the API has it. HEAD is answered like GET.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "GET" | "HEAD" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// One request below `/stores/{hash}`, already let in.
#[derive(Debug, Clone)]
pub struct Req {
    /// What is to be done.
    pub method: Method,
    /// Which generation of the API, and so the shape of errors.
    pub api: ApiVersion,
    /// The path after `/stores/{hash}`, `/v3/catalog/brands`.
    pub path: String,
    /// The query in order, decoded.
    pub query: Query,
    /// The JSON body, if there was one.
    pub body: Option<Value>,
    /// The API account behind the token.
    pub client: String,
    /// The form, where that came instead.
    pub form: Option<Form>,
    /// Rows by which an offset page is to be served too far on: a scripted fault.
    pub shift: usize,
}

impl Req {
    /// The path in pieces, the API's generation first: `["v3", "catalog", "brands"]`.
    pub fn segs(&self) -> Vec<&str> {
        self.path.trim_start_matches('/').split('/').collect()
    }

    /// An error in the shape that this generation of the API uses.
    pub fn refuse(&self, status: u16, title: &str) -> Reply {
        match self.api {
            ApiVersion::V2 => answer::v2_error(status, title),
            ApiVersion::V3 => answer::problem(status, title, &[]),
        }
    }

    /// 404 in the right shape.
    pub fn not_found(&self) -> Reply {
        match self.api {
            ApiVersion::V2 => answer::v2_error(404, "The requested resource was not found."),
            ApiVersion::V3 => answer::problem(404, "Not Found", &[]),
        }
    }

    /// Refuses any query parameter that is not named: the real API ignores some and answers 400 to
    /// others; the sandbox refuses all, so that a wrong one cannot hide.
    pub fn allow(&self, documented: &[&[&str]]) -> Result<(), Reply> {
        for (name, _) in &self.query.pairs {
            if !documented
                .iter()
                .any(|names| names.contains(&name.as_str()))
            {
                let title = format!("The query parameter '{name}' is not documented here.");
                return Err(self.refuse(400, &title));
            }
        }
        Ok(())
    }

    /// The body, which this call needs.
    pub fn json(&self) -> Result<&Value, Reply> {
        self.body
            .as_ref()
            .ok_or_else(|| self.refuse(400, "The request needs a JSON body."))
    }

    /// The body as the array that this call needs.
    pub fn json_array(&self) -> Result<&[Value], Reply> {
        match self.json()? {
            Value::Array(rows) => Ok(rows),
            _ => Err(self.refuse(400, "The request's body must be an array.")),
        }
    }

    /// A parameter that must be a whole number from 1, if it is there.
    pub fn positive(&self, name: &str) -> Result<Option<u64>, Reply> {
        let Some(text) = self.query.get(name) else {
            return Ok(None);
        };
        match text.parse::<u64>() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(self.wrong_type(name)),
        }
    }

    /// 422 (v3) or 400 (v2) for a value that cannot be what the parameter takes.
    pub fn wrong_type(&self, name: &str) -> Reply {
        match self.api {
            ApiVersion::V2 => answer::v2_error(400, &format!("The field '{name}' is invalid.")),
            ApiVersion::V3 => answer::problem(
                422,
                "Invalid query parameter",
                &[(name, "The value has the wrong type.")],
            ),
        }
    }

    /// The words of a comma list (`include`), each one of `known`.
    pub fn words(&self, name: &str, known: &[&str]) -> Result<Vec<String>, Reply> {
        let words = self.query.list(name);
        match words.iter().find(|word| !known.contains(&word.as_str())) {
            Some(_) => Err(self.wrong_type(name)),
            None => Ok(words),
        }
    }

    /// Turns a family's outcome into the reply it is either way.
    pub fn settle(outcome: Outcome) -> Reply {
        outcome.unwrap_or_else(|refusal| refusal)
    }
}

/// A query string, decoded, in its order.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Names and values.
    pub pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads what stands after the `?`.
    pub fn parse(raw: &str) -> Self {
        let pairs = url::form_urlencoded::parse(raw.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self { pairs }
    }

    /// The last value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .rev()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// True if the parameter is there.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A comma list, without empty words; repeated parameters add up.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.pairs
            .iter()
            .filter(|(n, _)| n == name)
            .flat_map(|(_, value)| value.split(','))
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect()
    }

    /// The query as a link in `meta` has it: everything but `without`, then `with`.
    pub fn link(&self, without: &[&str], with: &[(&str, &str)]) -> String {
        let mut out = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
        for (name, value) in &self.pairs {
            if !without.contains(&name.as_str()) {
                out.append_pair(name, value);
            }
        }
        for (name, value) in with {
            out.append_pair(name, value);
        }
        out.finish()
    }
}
