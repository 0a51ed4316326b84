//! An ONNX graph that is being built, and its encoding. Field numbers are those of `onnx/onnx.proto3`.

use super::wire::Message;

/// `TensorProto.DataType`.
const INT64: u64 = 7;
const BOOL: u64 = 9;
const DOUBLE: u64 = 11;
/// `AttributeProto.AttributeType.INT`.
const ATTRIBUTE_INT: u64 = 2;

/// Nodes and constants, in the order in which they are computed.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
}

impl Graph {
    /// Adds a node with one output, which it is called by; returns that name.
    pub(super) fn node(&mut self, operator: &str, inputs: &[&str], output: &'static str) -> &'static str {
        self.nodes.push(node(operator, inputs, output));
        output
    }

    /// The same, along the second axis: of features, not of customers.
    pub(super) fn by_feature(&mut self, operator: &str, inputs: &[&str], output: &'static str) -> &'static str {
        self.nodes.push(node(operator, inputs, output).message(5, attribute("axis", 1)));
        output
    }

    /// The sum over the second axis, which is gone then.
    pub(super) fn sum_by_customer(&mut self, input: &str, output: &'static str) -> &'static str {
        let axes = self.constant("second_axis", INT64, Some(1), &1_u64.to_le_bytes());
        self.nodes.push(node("ReduceSum", &[input, axes], output).message(5, attribute("keepdims", 0)));
        output
    }

    /// A constant vector.
    pub(super) fn numbers(&mut self, name: &'static str, values: impl IntoIterator<Item = f64>) -> &'static str {
        let bytes: Vec<u8> = values.into_iter().flat_map(f64::to_le_bytes).collect();
        self.constant(name, DOUBLE, Some(bytes.len() / 8), &bytes)
    }

    /// A constant number.
    pub(super) fn number(&mut self, name: &'static str, value: f64) -> &'static str {
        self.constant(name, DOUBLE, None, &value.to_le_bytes())
    }

    /// A constant vector of truth values.
    pub(super) fn flags(&mut self, name: &'static str, values: impl IntoIterator<Item = bool>) -> &'static str {
        let bytes: Vec<u8> = values.into_iter().map(u8::from).collect();
        self.constant(name, BOOL, Some(bytes.len()), &bytes)
    }

    /// A constant vector of places.
    pub(super) fn places(&mut self, name: &'static str, values: impl IntoIterator<Item = usize>) -> &'static str {
        let bytes: Vec<u8> = values.into_iter().flat_map(|place| (place as u64).to_le_bytes()).collect();
        self.constant(name, INT64, Some(bytes.len() / 8), &bytes)
    }

    /// TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9 (little-endian).
    fn constant(&mut self, name: &'static str, kind: u64, length: Option<usize>, bytes: &[u8]) -> &'static str {
        let tensor = Message::default().each(length, |tensor, length| tensor.number(1, length as u64));
        self.constants.push(tensor.number(2, kind).text(8, name).bytes(9, bytes));
        name
    }

    /// GraphProto: node = 1, name = 2, initializer = 5, doc_string = 10, input = 11, output = 12.
    pub(super) fn encode(self, name: &str, description: &str, input: Message, outputs: [Message; 2]) -> Message {
        Message::default()
            .each(self.nodes, |graph, node| graph.message(1, node))
            .text(2, name)
            .each(self.constants, |graph, tensor| graph.message(5, tensor))
            .text(10, description)
            .message(11, input)
            .each(outputs, |graph, output| graph.message(12, output))
    }
}

/// AttributeProto: name = 1, i = 3, type = 20; NodeProto.attribute = 5.
fn attribute(name: &str, value: u64) -> Message {
    Message::default().text(1, name).number(3, value).number(20, ATTRIBUTE_INT)
}

/// NodeProto: input = 1, output = 2, name = 3, op_type = 4.
fn node(operator: &str, inputs: &[&str], output: &str) -> Message {
    Message::default()
        .each(inputs, |node, input| node.text(1, input))
        .text(2, output)
        .text(3, &format!("{output}_node"))
        .text(4, operator)
}

/// The name, type and shape of a tensor of doubles: a row for each customer, of `width` numbers or of one.
///
/// ValueInfoProto: name = 1, type = 2, doc_string = 3; TypeProto.tensor_type = 1; TypeProto.Tensor: elem_type = 1,
/// shape = 2; TensorShapeProto.dim = 1; Dimension: dim_value = 1, dim_param = 2.
pub(super) fn value_info(name: &str, width: Option<usize>, description: &str) -> Message {
    let customers = Message::default().text(2, "N");
    let width = width.map(|width| Message::default().number(1, width as u64));
    let shape = Message::default().message(1, customers).each(width, |shape, width| shape.message(1, width));
    let tensor = Message::default().number(1, DOUBLE).message(2, shape);
    Message::default().text(1, name).message(2, Message::default().message(1, tensor)).text(3, description)
}
