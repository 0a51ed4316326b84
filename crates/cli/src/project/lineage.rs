//! `[lineage]`: where OpenLineage events go.

use std::path::Path;

use super::error::{ProjectError, Source};
use super::file::LineageSection;
use crate::lineage::{Destination, LineageSettings};

/// # Errors
/// There are two places, or one that events are not sent to.
pub(super) fn lineage(
    source: &Source<'_>,
    section: &LineageSection,
    folder: &Path,
) -> Result<LineageSettings, ProjectError> {
    let destination = match (&section.url, &section.path) {
        (Some(_), Some(path)) => {
            return Err(source.error(&path.span(), "lineage: expected url or path, found both".to_owned()));
        }
        (Some(url), None) => {
            let server = Destination::server(url.get_ref());
            Some(server.map_err(|error| source.error(&url.span(), format!("lineage.url: {error}")))?)
        }
        (None, Some(path)) if path.get_ref().is_empty() => {
            return Err(source.error(&path.span(), "lineage.path: expected the name of a file, found none".to_owned()));
        }
        (None, Some(path)) => Some(Destination::File(folder.join(path.get_ref()))),
        (None, None) => None,
    };
    let namespace = match &section.namespace {
        Some(name) if name.get_ref().is_empty() || name.get_ref().chars().any(char::is_control) => {
            return Err(source.error(&name.span(), "lineage.namespace: expected a name on one line".to_owned()));
        }
        name => name.as_ref().map(|name| name.get_ref().clone()),
    };
    Ok(LineageSettings { destination, namespace })
}
