//! A sandbox store with a home whose settings point at it.

use vortex::sandbox::{Key, Sandbox, SandboxOptions, Scopes, Token, scopes};

use super::Home;

/// A store and a home that knows it.
pub struct Shop {
    pub sandbox: Sandbox,
    pub home: Home,
}

impl Shop {
    /// The demo sample, a token that may read everything.
    pub fn demo() -> Self {
        Self::with(SandboxOptions::default())
    }

    /// A token that lacks these scopes.
    pub fn lacking(names: &[&str]) -> Self {
        let token = Token::new("some-token", "lacking", Scopes::Without(scopes(names)));
        Self::with(SandboxOptions {
            tokens: vec![token],
            ..SandboxOptions::default()
        })
    }

    /// Any sandbox.
    pub fn with(options: SandboxOptions) -> Self {
        let sandbox = Sandbox::start(options).unwrap();
        let home = Home::empty()
            .with("VORTEX_API_URL", &sandbox.url())
            .with("VORTEX_STORE_HASH", sandbox.hash())
            .with("VORTEX_TOKEN", sandbox.token());
        Self { sandbox, home }
    }

    /// The smallest id of a table.
    pub fn first(&self, table: &'static str) -> String {
        self.sandbox
            .edit(|store| key_text(store.table(table).keys().next().unwrap()))
    }

    /// Sets a member of a document.
    pub fn set(&self, table: &'static str, id: &str, member: &str, value: serde_json::Value) {
        let there = self
            .sandbox
            .edit(|store| store.edit(table, Key::parse(id), |document| document[member] = value));
        assert!(there, "{table} has no {id}");
    }

    /// Takes a document away.
    pub fn delete(&self, table: &'static str, id: &str) {
        let gone = self
            .sandbox
            .edit(|store| store.table_mut(table).remove(&Key::parse(id)));
        assert!(gone.is_some(), "{table} has no {id}");
    }
}

fn key_text(key: &Key) -> String {
    key.to_string()
}
