//! A network in memory between an adapter and a system in memory, which fails by a seeded plan.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value as Json;

use super::*;

/// Seeds of plans of faults: so many, or a release's worth with `CHURN_LONG_TESTS`; one, given as `CHURN_SEED`, is played again.
pub(crate) fn seeds(short: u64, long: u64) -> std::ops::Range<u64> {
    match std::env::var("CHURN_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None if std::env::var_os("CHURN_LONG_TESTS").is_some() => 0..long,
        None => 0..short,
    }
}

/// A system in memory: what it holds by key, and how it answers.
pub(crate) trait Service {
    /// Does what a request asks and answers it.
    fn answer(&mut self, request: &Request) -> Response;
}

/// Records by key, and everything that was ever assigned.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) records: BTreeMap<String, serde_json::Map<String, Json>>,
    pub(crate) history: Vec<(String, serde_json::Map<String, Json>)>,
}

impl Store {
    pub(crate) fn with(keys: impl Iterator<Item = String>) -> Self {
        Self { records: keys.map(|key| (key, serde_json::Map::new())).collect(), history: Vec::new() }
    }

    /// Assigns; `false` where there is no such record.
    pub(crate) fn assign(&mut self, key: &str, fields: &serde_json::Map<String, Json>) -> bool {
        match self.records.get_mut(key) {
            Some(record) => {
                record.extend(fields.clone());
                self.history.push((key.to_owned(), fields.clone()));
                true
            }
            None => false,
        }
    }
}

pub(crate) fn ok(status: u16, body: &Json) -> Response {
    Response { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

pub(crate) fn bare(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Response { status, headers, body: body.as_bytes().to_vec() }
}

/// The network.
pub(crate) struct Faulty<S> {
    pub(crate) service: S,
    /// Faults in a thousand requests.
    pub(crate) rate: u32,
    /// Whether answers may come with their parts in another order, doubled or left out.
    pub(crate) scrambles: bool,
    pub(crate) random: ChaCha8Rng,
}

impl<S: Service> Faulty<S> {
    pub(crate) fn new(service: S, seed: u64, rate: u32) -> Self {
        Self { service, rate, scrambles: true, random: ChaCha8Rng::seed_from_u64(seed) }
    }
}

impl<S: Service> Transport for Faulty<S> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        if self.random.random_range(0..1_000) >= self.rate {
            return Ok(self.service.answer(request));
        }
        let date = [("Date", "Sun, 06 Nov 1994 08:49:07 GMT"), ("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")];
        let html = "<html><body>Attention required! ann@example.com</body></html>";
        Ok(match self.random.random_range(0..24) {
            // Before anything was done.
            0 => bare(429, &[("Retry-After", "3")], "{}"),
            1 => bare(429, &date, ""),
            2 => bare(429, &[], html),
            3 => bare(429, &[("Retry-After", "999999")], ""),
            4 => bare(429, &[("Retry-After", "soon")], "[]"),
            5 => bare(503, &[("Retry-After", "0")], ""),
            6 => bare(500, &[], html),
            7 => bare(408, &[], ""),
            8 => bare(401, &[], "{\"message\":\"expired\"}"),
            9 => bare(307, &[("Location", "https://elsewhere.example.com/")], ""),
            10 => return Err(NoAnswer::NotSent("connection refused".to_owned())),
            11 => return Err(NoAnswer::Unclear("the connection broke".to_owned())),
            // After everything was done.
            12 | 13 => {
                self.service.answer(request);
                return Err(NoAnswer::Unclear("it took too long".to_owned()));
            }
            14 => {
                self.service.answer(request);
                bare(502, &[], html)
            }
            15 => {
                self.service.answer(request);
                bare(504, &[], "")
            }
            16 => {
                self.service.answer(request);
                bare(200, &[], "")
            }
            17 => {
                self.service.answer(request);
                bare(200, &[], html)
            }
            18 => {
                let whole = self.service.answer(request);
                let half = whole.body.len() / 2;
                Response { body: whole.body[..half].to_vec(), ..whole }
            }
            19 => {
                let whole = self.service.answer(request);
                if whole.status >= 300 { whole } else { ok(whole.status, &serde_json::json!({"surprise": [1, 2]})) }
            }
            scramble => {
                let whole = self.service.answer(request);
                match serde_json::from_slice::<Json>(&whole.body) {
                    Ok(mut body) if self.scrambles => {
                        self.scramble(&mut body, scramble);
                        Response { body: body.to_string().into_bytes(), ..whole }
                    }
                    _ => whole,
                }
            }
        })
    }
}

impl<S> Faulty<S> {
    /// Of every array of records in an answer: another order, one twice, one less.
    fn scramble(&mut self, body: &mut Json, how: i32) {
        match body {
            Json::Array(elements) if elements.first().is_some_and(Json::is_object) => match how {
                20 => elements.shuffle(&mut self.random),
                21 => elements.push(elements[0].clone()),
                _ => {
                    let at = self.random.random_range(0..elements.len());
                    elements.remove(at);
                }
            },
            Json::Object(members) => members.values_mut().for_each(|member| self.scramble(member, how)),
            _ => {}
        }
    }
}
