//! Systems that the general adapter knows by name. All of them are data; what is marked in `docs/sync.md` as not tried
//! against the system itself is to be tried on a few records first.

use serde_json::json;

use super::rest_config::{Answer, Predicate, ReadCall, RestConfig, WriteCall};

/// Odoo from version 19 on, by its JSON-2 interface: one record a call, since one `write` gives all its ids the same
/// values. Keys are Odoo's ids.
pub fn odoo(model: &str) -> RestConfig {
    RestConfig {
        name: format!("Odoo {model}"),
        write: WriteCall {
            method: "POST".to_owned(),
            path: format!("json/2/{model}/write"),
            body: json!({"ids": ["$key"], "vals": "$fields"}),
            record: None,
            field: None,
            batch: 1,
            headers: Vec::new(),
            missing_is_404: true,
            busy_statuses: vec![409],
        },
        answer: Answer { success: Some(predicate("", json!(true))), ..Answer::default() },
        read: Some(ReadCall {
            method: "POST".to_owned(),
            path: format!("json/2/{model}/search_read"),
            body: Some(json!({"domain": [["id", "in", "$keys"]], "fields": "$names"})),
            batch: 100,
            headers: Vec::new(),
            rows: Some(String::new()),
            key: Some("/id".to_owned()),
            field: "/{name}".to_owned(),
            list: None,
            false_is_null: true,
        }),
        creates: false,
        number_keys: true,
        text_values: false,
        drops_unknown_fields: false,
        calls_per_second: 5,
    }
}

/// Zoho CRM, by `PUT /crm/v8/{module}`: a hundred records a call, answers in order. Automations are told not to run. Keys are Zoho's ids.
pub fn zoho(module: &str) -> RestConfig {
    RestConfig {
        name: format!("Zoho {module}"),
        write: WriteCall {
            method: "PUT".to_owned(),
            path: format!("crm/v8/{module}"),
            body: json!({"data": "$records", "trigger": []}),
            record: Some(json!({"id": "$key", "$...": ""})),
            field: None,
            batch: 100,
            headers: Vec::new(),
            missing_is_404: false,
            busy_statuses: Vec::new(),
        },
        answer: Answer {
            rows: Some("/data".to_owned()),
            success: Some(predicate("/status", json!("success"))),
            created: Some(predicate("/action", json!("insert"))),
            code: Some("/code".to_owned()),
            message: Some("/message".to_owned()),
            busy: vec!["RECORD_LOCKED".to_owned()],
            ..Answer::default()
        },
        read: Some(ReadCall {
            method: "GET".to_owned(),
            path: format!("crm/v8/{module}?ids={{keys}}&fields={{names}}"),
            body: None,
            batch: 100,
            headers: Vec::new(),
            rows: Some("/data".to_owned()),
            key: Some("/id".to_owned()),
            field: "/{name}".to_owned(),
            list: None,
            false_is_null: false,
        }),
        creates: false,
        number_keys: false,
        text_values: false,
        drops_unknown_fields: false,
        calls_per_second: 5,
    }
}

/// Kommo (amoCRM), by `PATCH /api/v4/{entity}`: fifty records a call, at most seven calls a second. Keys are Kommo's
/// ids, field names the ids of custom fields.
pub fn kommo(entity: &str) -> RestConfig {
    RestConfig {
        name: format!("Kommo {entity}"),
        write: WriteCall {
            method: "PATCH".to_owned(),
            path: format!("api/v4/{entity}"),
            body: json!("$records"),
            record: Some(json!({"id": "$key", "custom_fields_values": "$list", "request_id": "$index"})),
            field: Some(json!({"field_id": "$name", "values": [{"value": "$value"}]})),
            batch: 50,
            headers: Vec::new(),
            missing_is_404: false,
            busy_statuses: Vec::new(),
        },
        answer: Answer {
            rows: Some(format!("/_embedded/{entity}")),
            row_key: Some("/id".to_owned()),
            ..Answer::default()
        },
        read: Some(ReadCall {
            method: "GET".to_owned(),
            path: format!("api/v4/{entity}?limit=50&{{each:filter%5Bid%5D%5B%5D=}}"),
            body: None,
            batch: 50,
            headers: Vec::new(),
            rows: Some(format!("/_embedded/{entity}")),
            key: Some("/id".to_owned()),
            field: "/custom_fields_values".to_owned(),
            list: Some(("/field_id".to_owned(), "/values/0/value".to_owned())),
            false_is_null: false,
        }),
        creates: false,
        number_keys: true,
        text_values: false,
        drops_unknown_fields: false,
        calls_per_second: 6,
    }
}

fn predicate(at: &str, equals: serde_json::Value) -> Predicate {
    Predicate { at: at.to_owned(), equals }
}
