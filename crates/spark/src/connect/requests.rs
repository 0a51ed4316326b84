//! The messages to the server, all of them for one session.

use proto::{data_type::Kind, relation::RelType};
use spark_connect_proto as proto;

/// Makes messages of one session.
pub(super) struct Requests {
    session: String,
    /// The server's own id of the session: a server that was started anew has another one, and refuses instead of making a session without our settings.
    of_server: Option<String>,
}

impl Requests {
    pub(super) fn new(session: &str) -> Self {
        Self { session: session.to_owned(), of_server: None }
    }

    pub(super) fn session_of_server(&mut self, id: &str) {
        self.of_server = (!id.is_empty()).then(|| id.to_owned());
    }

    pub(super) fn version(&self) -> proto::AnalyzePlanRequest {
        self.analyze(proto::analyze_plan_request::Analyze::SparkVersion(
            proto::analyze_plan_request::SparkVersion::default(),
        ))
    }

    pub(super) fn schema(&self, sql: &str) -> proto::AnalyzePlanRequest {
        self.analyze(proto::analyze_plan_request::Analyze::Schema(proto::analyze_plan_request::Schema {
            plan: Some(proto::Plan { op_type: Some(proto::plan::OpType::Root(query(sql))) }),
        }))
    }

    pub(super) fn set(&self, key: &str, value: &str) -> proto::ConfigRequest {
        let pair = proto::KeyValue { key: key.to_owned(), value: Some(value.to_owned()) };
        self.config(proto::config_request::operation::OpType::Set(proto::config_request::Set {
            pairs: vec![pair],
            ..Default::default()
        }))
    }

    pub(super) fn get(&self, keys: &[&str]) -> proto::ConfigRequest {
        let keys = keys.iter().map(|&key| key.to_owned()).collect();
        self.config(proto::config_request::operation::OpType::Get(proto::config_request::Get { keys }))
    }

    /// All rows of a query.
    pub(super) fn all_rows(&self, sql: &str) -> proto::ExecutePlanRequest {
        self.execute(proto::plan::OpType::Root(query(sql)))
    }

    /// The first `limit` rows of a query.
    pub(super) fn rows(&self, sql: &str, limit: i32) -> proto::ExecutePlanRequest {
        let limited = proto::Limit { input: Some(Box::new(query(sql))), limit };
        self.execute(proto::plan::OpType::Root(relation(2, RelType::Limit(Box::new(limited)))))
    }

    /// The rows of a query as Parquet in a folder that must not be there.
    pub(super) fn write(&self, sql: &str, uri: &str) -> proto::ExecutePlanRequest {
        let write = proto::WriteOperation {
            input: Some(query(sql)),
            source: Some("parquet".to_owned()),
            mode: proto::write_operation::SaveMode::ErrorIfExists.into(),
            save_type: Some(proto::write_operation::SaveType::Path(uri.to_owned())),
            ..Default::default()
        };
        let command = proto::Command { command_type: Some(proto::command::CommandType::WriteOperation(write)) };
        self.execute(proto::plan::OpType::Command(command))
    }

    /// Ends everything that the session runs.
    pub(super) fn interrupt(&self) -> proto::InterruptRequest {
        proto::InterruptRequest {
            session_id: self.session.clone(),
            user_context: Some(proto::UserContext::default()),
            interrupt_type: proto::interrupt_request::InterruptType::All.into(),
            ..Default::default()
        }
    }

    fn analyze(&self, analyze: proto::analyze_plan_request::Analyze) -> proto::AnalyzePlanRequest {
        proto::AnalyzePlanRequest {
            session_id: self.session.clone(),
            client_observed_server_side_session_id: self.of_server.clone(),
            user_context: Some(proto::UserContext::default()),
            analyze: Some(analyze),
            ..Default::default()
        }
    }

    fn config(&self, operation: proto::config_request::operation::OpType) -> proto::ConfigRequest {
        proto::ConfigRequest {
            session_id: self.session.clone(),
            client_observed_server_side_session_id: self.of_server.clone(),
            user_context: Some(proto::UserContext::default()),
            operation: Some(proto::config_request::Operation { op_type: Some(operation) }),
            ..Default::default()
        }
    }

    fn execute(&self, operation: proto::plan::OpType) -> proto::ExecutePlanRequest {
        proto::ExecutePlanRequest {
            session_id: self.session.clone(),
            client_observed_server_side_session_id: self.of_server.clone(),
            user_context: Some(proto::UserContext::default()),
            plan: Some(proto::Plan { op_type: Some(operation) }),
            ..Default::default()
        }
    }
}

/// The server's version, if that is what the answer has.
pub(super) fn version(answer: proto::AnalyzePlanResponse) -> Option<String> {
    match answer.result? {
        proto::analyze_plan_response::Result::SparkVersion(found) => Some(found.version),
        _ => None,
    }
}

/// The columns of a query, if that is what the answer has.
pub(super) fn columns(answer: proto::AnalyzePlanResponse) -> Option<Vec<(String, String)>> {
    let proto::analyze_plan_response::Result::Schema(found) = answer.result? else { return None };
    let Kind::Struct(row) = found.schema?.kind? else { return None };
    Some(
        row.fields
            .into_iter()
            .map(|field| {
                (
                    field.name,
                    field.data_type.and_then(|kind| kind.kind).map_or("unknown".to_owned(), |kind| type_name(&kind)),
                )
            })
            .collect(),
    )
}

/// A type as SQL writes it; of nested types the outermost alone.
fn type_name(kind: &Kind) -> String {
    let name = match kind {
        Kind::Null(_) => "void",
        Kind::Binary(_) => "binary",
        Kind::Boolean(_) => "boolean",
        Kind::Byte(_) => "tinyint",
        Kind::Short(_) => "smallint",
        Kind::Integer(_) => "int",
        Kind::Long(_) => "bigint",
        Kind::Float(_) => "float",
        Kind::Double(_) => "double",
        Kind::Decimal(decimal) => {
            return format!("decimal({},{})", decimal.precision.unwrap_or(10), decimal.scale.unwrap_or(0));
        }
        Kind::String(_) | Kind::Char(_) | Kind::VarChar(_) => "string",
        Kind::Date(_) => "date",
        Kind::Timestamp(_) => "timestamp",
        Kind::TimestampNtz(_) => "timestamp_ntz",
        Kind::Array(_) => "array",
        Kind::Struct(_) => "struct",
        Kind::Map(_) => "map",
        _ => "another type",
    };
    name.to_owned()
}

fn query(sql: &str) -> proto::Relation {
    relation(1, RelType::Sql(proto::Sql { query: sql.to_owned(), ..Default::default() }))
}

fn relation(plan: i64, kind: RelType) -> proto::Relation {
    proto::Relation {
        common: Some(proto::RelationCommon { plan_id: Some(plan), ..Default::default() }),
        rel_type: Some(kind),
    }
}
