//! Events in the shapes of the specification.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;

use serde_json::{Value, json};

/// Who makes the events.
const PRODUCER: &str = concat!("urn:churn:", env!("CARGO_PKG_VERSION"));
const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const ENGINE: &str =
    "https://openlineage.io/spec/facets/1-1-1/ProcessingEngineRunFacet.json#/$defs/ProcessingEngineRunFacet";
const ERROR: &str = "https://openlineage.io/spec/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet";
const JOB_TYPE: &str = "https://openlineage.io/spec/facets/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet";
const STATISTICS: &str = "https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet";

/// What has happened to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    Complete,
    Fail,
    /// Stopped from outside.
    Abort,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Kind::Start => "START",
            Kind::Complete => "COMPLETE",
            Kind::Fail => "FAIL",
            Kind::Abort => "ABORT",
        }
    }
}

/// What is run again and again under one name.
#[derive(Debug)]
pub(super) struct Job {
    namespace: String,
    name: String,
}

impl Job {
    /// `PROJECT.COMMAND`
    pub(super) fn new(namespace: &str, project: &str, command: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: format!("{project}.{}", command.replace(' ', "_")) }
    }
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dataset {
    name: String,
    bytes: Option<u64>,
}

impl Dataset {
    /// A file, or a pattern of files, by its whole path: namespace `file`, as the specification names local files.
    pub(super) fn file(path: &Path) -> Self {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let bytes = std::fs::metadata(&whole).ok().filter(std::fs::Metadata::is_file).map(|found| found.len());
        Self { name: whole.display().to_string(), bytes }
    }

    fn input(&self) -> Value {
        json!({"namespace": "file", "name": self.name, "facets": {}})
    }

    fn output(&self) -> Value {
        let mut dataset = self.input();
        if let Some(bytes) = self.bytes {
            let facet = json!({"_producer": PRODUCER, "_schemaURL": STATISTICS, "size": bytes});
            dataset["outputFacets"] = json!({"outputStatistics": facet});
        }
        dataset
    }
}

/// The files that an answer names: `files`, and the folder of a model.
pub(super) fn outputs(result: &Value) -> Vec<Dataset> {
    let files = result.get("files").and_then(Value::as_array).into_iter().flatten();
    let folders = [result.get("folder"), result.get("model").and_then(|model| model.get("folder"))];
    let named = files.chain(folders.into_iter().flatten()).filter_map(Value::as_str);
    let mut outputs: Vec<Dataset> = Vec::new();
    for name in named {
        let dataset = Dataset::file(Path::new(name));
        if !outputs.contains(&dataset) {
            outputs.push(dataset);
        }
    }
    outputs
}

/// An event of now.
pub(super) fn event(
    run: &str,
    kind: Kind,
    job: &Job,
    (inputs, outputs): (&[Dataset], &[Dataset]),
    error: Option<&str>,
) -> Value {
    let engine = json!({
        "_producer": PRODUCER, "_schemaURL": ENGINE, "name": "churn", "version": env!("CARGO_PKG_VERSION"),
    });
    let mut facets = json!({"processing_engine": engine});
    if let Some(message) = error {
        facets["errorMessage"] = json!({
            "_producer": PRODUCER, "_schemaURL": ERROR, "message": message, "programmingLanguage": "Rust",
        });
    }
    let job_type = json!({
        "_producer": PRODUCER, "_schemaURL": JOB_TYPE,
        "processingType": "BATCH", "integration": "CHURN", "jobType": "COMMAND",
    });
    json!({
        "eventType": kind.as_str(),
        "eventTime": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        "run": {"runId": run, "facets": facets},
        "job": {"namespace": job.namespace, "name": job.name, "facets": {"jobType": job_type}},
        "inputs": inputs.iter().map(Dataset::input).collect::<Vec<Value>>(),
        "outputs": outputs.iter().map(Dataset::output).collect::<Vec<Value>>(),
        "producer": PRODUCER,
        "schemaURL": EVENT,
    })
}

/// A new id of a run: a UUID of version 7 (RFC 9562, section 5.7), the milliseconds since 1970 and random bits.
pub(super) fn new_id() -> String {
    let now = jiff::Timestamp::now().as_millisecond().max(0) as u64;
    // The keys of the standard hasher come from the operating system.
    let random = || RandomState::new().build_hasher().finish();
    id_of(now, random(), random())
}

fn id_of(millis: u64, a: u64, b: u64) -> String {
    let high = millis << 16 | 0x7000 | a & 0x0fff;
    let low = b & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
    let digits = format!("{high:016x}{low:016x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_rfc() {
        // RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
        let id = id_of(0x017f_22e2_79b0, 0xcc3, 0x18c4_dc0c_0c07_398f);
        assert_eq!(id, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
        assert_ne!(new_id(), new_id());
    }

    #[test]
    fn an_event_has_what_the_specification_asks_for() {
        let job = Job::new("nightly", "shop", "score");
        let event = event("id", Kind::Fail, &job, (&[Dataset::file(Path::new("/a/b.csv"))], &[]), Some("no room"));
        for field in ["eventTime", "run", "job", "producer", "schemaURL"] {
            assert!(event.get(field).is_some(), "{field}");
        }
        assert_eq!(event["inputs"][0], json!({"namespace": "file", "name": "/a/b.csv", "facets": {}}));
        assert_eq!(event["job"]["name"], "shop.score");
        assert_eq!(event["run"]["facets"]["errorMessage"]["message"], "no room");
        // Every facet says who made it, and by which schema.
        for facet in [&event["run"]["facets"]["errorMessage"], &event["job"]["facets"]["jobType"]] {
            assert!(
                facet["_producer"].is_string()
                    && facet["_schemaURL"].as_str().is_some_and(|url| url.contains("#/$defs/"))
            );
        }
    }
}
