//! Charts of the workbook, over cells of a sheet.

use rust_xlsxwriter::{
    Chart, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartSolidFill, ChartType, Color,
};

/// A chart of one column against the first, in these rows.
pub(super) fn bars(
    kind: ChartType,
    title: &str,
    sheet: &str,
    (first, last): (u32, u32),
    column: u16,
    format: &str,
) -> Chart {
    let mut chart = Chart::new(kind);
    chart
        .add_series()
        .set_categories((sheet, first, 0, last, 0))
        .set_values((sheet, first, column, last, column))
        .set_format(ChartFormat::new().set_solid_fill(&fill_of(0x2B_62A3)));
    chart.title().set_name(title);
    chart.y_axis().set_num_format(format);
    chart.set_alt_text(title).set_width(620).set_height(340);
    chart
}

fn fill_of(colour: u32) -> ChartSolidFill {
    let mut fill = ChartSolidFill::new();
    fill.set_color(Color::RGB(colour));
    fill
}

fn line(colour: u32, dashed: bool) -> ChartFormat {
    let mut line = ChartLine::new();
    line.set_color(Color::RGB(colour)).set_width(2.0);
    if dashed {
        line.set_dash_type(ChartLineDashType::Dash);
    }
    let mut format = ChartFormat::new();
    format.set_line(&line);
    format
}

/// Columns of a table as lines against the first column; the dashed ones are what to compare with.
pub(super) fn lines(
    kind: ChartType,
    title: &str,
    sheet: &str,
    (first, last): (u32, u32),
    columns: &[(u16, bool)],
    format: &str,
) -> Chart {
    let kind = if kind == ChartType::Scatter { ChartType::ScatterStraightWithMarkers } else { kind };
    let mut chart = Chart::new(kind);
    for (column, dashed) in columns {
        let colour = if *dashed { 0x8B_95A5 } else { 0x2B_62A3 };
        chart
            .add_series()
            .set_name((sheet, first - 1, *column))
            .set_categories((sheet, first, 0, last, 0))
            .set_values((sheet, first, *column, last, *column))
            .set_format(&mut line(colour, *dashed));
    }
    chart.title().set_name(title);
    chart.y_axis().set_num_format(format);
    if columns.len() > 1 {
        chart.legend().set_position(ChartLegendPosition::Bottom);
    } else {
        chart.legend().set_hidden();
    }
    chart.set_alt_text(title).set_width(560).set_height(330);
    chart
}
