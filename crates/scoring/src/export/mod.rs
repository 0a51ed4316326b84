//! The model in forms that other programs run: ONNX and PMML.
//!
//! Both take raw feature values, in the order of the model's features, and give the calibrated probability. What comes
//! before, the features of a customer, and what comes after, intervals, reasons and values, is not in them.

mod formula;
mod graph;
mod onnx;
mod pmml;
#[cfg(test)]
mod tests;
mod wire;
mod xml;

pub use onnx::{ONNX_OPSET, onnx};
pub use pmml::pmml;
