//! Whether a quoted field took in rows of the table.

use std::io::Read;

use super::lines::Layout;
use super::records::Records;
use super::text_cell;
use crate::cell::Cell;
use crate::source::IsRow;

/// Stands for a cell that is anything but a moment or a number.
const ANYTHING: Cell<'static> = Cell::Text("x");

/// The field, if there is one, of which a line is a row of the table by itself, or makes one together with what stands before or behind
/// the field: that is what two stray quotes, some lines apart, leave of the rows between them. A line proves
/// something only if the row could not be read with any other text in its place; what stands outside the quotes belongs to the
/// record in any case.
pub(super) fn row_within<R: Read>(record: &Records<R>, layout: &Layout, is_row: &IsRow<'_>) -> Option<usize> {
    let fields: Vec<&[u8]> = record.fields().collect();
    let holds_a_row = |(at, field): (usize, &&[u8])| {
        let lines: Vec<&[u8]> = field.split(|byte| matches!(byte, b'\n' | b'\r')).collect();
        let last = lines.len() - 1;
        last > 0
            && lines.iter().enumerate().any(|(number, line)| {
                let before = if number == 0 { &fields[..at] } else { &[] };
                let behind = if number == last { &fields[at + 1..] } else { &[] };
                makes_a_row(before, line, behind, layout, is_row)
            })
    };
    fields.iter().enumerate().position(holds_a_row)
}

fn makes_a_row(before: &[&[u8]], line: &[u8], behind: &[&[u8]], layout: &Layout, is_row: &IsRow<'_>) -> bool {
    let parts: Vec<&[u8]> = line.split(|byte| *byte == layout.delimiter).map(unquoted).collect();
    if before.len() + parts.len() + behind.len() != layout.columns {
        return false;
    }
    let inside = before.len()..before.len() + parts.len();
    let cell = |place: usize| {
        let text = match place {
            place if inside.contains(&place) => parts[place - inside.start],
            place if place < inside.start => before[place],
            place => behind[place - inside.end],
        };
        text_cell(text)
    };
    let cells: Vec<Cell<'_>> = layout.places.iter().map(|place| cell(*place)).collect();
    let without = layout.places.iter().map(|place| if inside.contains(place) { ANYTHING } else { cell(*place) });
    is_row(&cells) && !is_row(&without.collect::<Vec<Cell<'_>>>())
}

/// A part of a line without the quotes around it, which were doubled where the line stands in quotes itself.
fn unquoted(part: &[u8]) -> &[u8] {
    match part {
        [b'"', inside @ .., b'"'] => inside,
        other => other,
    }
}
