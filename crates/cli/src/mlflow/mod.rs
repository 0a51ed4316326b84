//! Models for MLflow: the folder that it loads them from, and registering them at a tracking server.
//!
//! HTTP is spoken in [`client`] alone.

mod client;
mod credentials;
mod folder;
mod register;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use client::Request;
pub(crate) use client::{Client, Limits, RemoteError};
pub(crate) use credentials::Credentials;
#[cfg(test)]
pub(crate) use folder::ModelFolder;
pub(crate) use folder::folder;
pub(crate) use register::{Registered, Registration, register};
