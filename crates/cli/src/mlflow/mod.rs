//! Models for MLflow: the folder that it loads them from, and registering them at a tracking server.
//!
//! HTTP is spoken in [`client`] alone.

mod address;
mod client;
mod folder;
mod register;
#[cfg(test)]
mod tests;

pub(crate) use address::{Address, Credentials, is_loopback};
#[cfg(test)]
pub(crate) use client::Request;
pub(crate) use client::{Client, Limits, RemoteError};
#[cfg(test)]
pub(crate) use folder::ModelFolder;
pub(crate) use folder::folder;
pub(crate) use register::{Registered, Registration, register};
