//! What the coefficients say, feature by feature, in a family's table each.

use scoring::Model;

use super::{plain, push};

/// The section of the coefficients.
pub(super) fn section(model: &Model) -> String {
    let Some(coefficients) = scoring::coefficients(model) else {
        let file = model.file();
        let forecast = file.features.iter().map(|weight| weight.feature.description.as_str()).collect::<Vec<_>>();
        return format!(
            "## Coefficients\n\nNone was fitted. The one feature is the forecast: {}.\n",
            plain(&forecast.join(", "))
        );
    };
    let mut text =
        "## Coefficients\n\nWhat each feature does, its curve included, the other features at their mean. Odds ratios of \
                    churn after calibration, with 95 % intervals robust to several rows of one customer; they hold for the chosen \
                    penalty, whose pull towards 1 is not in them. A typical change goes from one standard deviation below the mean to \
                    one above it (flags: from 0 to 1); \"per sd\" is the same for one standard deviation, so that features can be \
                    compared. A feature without an interval tells churners from the others: its odds ratio is what the penalty \
                    leaves of infinity.\n"
            .to_owned();
    for of_family in coefficients.features.chunk_by(|a, b| a.family == b.family) {
        let family = of_family.first().map_or("", |effect| effect.family.as_str()).replace('_', " ");
        push(
            &mut text,
            format_args!(
                "\n### {family}\n\n| feature | typical change | odds ratio | per sd | standard error | in words |\n\
                 |---|---|---|---|---|---|\n"
            ),
        );
        for effect in of_family {
            let change = format!("{} to {}", short(effect.from), short(effect.to));
            push(
                &mut text,
                format_args!(
                    "| {} | {change} | {} | {} | {} | {}{} |\n",
                    plain(&effect.feature),
                    effect.typical,
                    effect.per_sd,
                    effect.per_sd.standard_error.map_or_else(|| "-".to_owned(), |error| format!("{error:.3}")),
                    plain(&effect.in_words),
                    plain(&beyond_the_line(effect))
                ),
            );
        }
    }
    if !coefficients.read_together.is_empty() {
        text.push_str(
            "\n### To be read together\n\nThe data can hardly say which of these it is: their effects were estimated with \
             correlations of 0.7 and more. Their sum is known better than each of them, and single signs mean little.\n\n",
        );
        for group in &coefficients.read_together {
            push(&mut text, format_args!("- {}\n", plain(&group.join(", "))));
        }
    }
    text
}

/// The halves of a curve, and the features that an effect depends on.
fn beyond_the_line(effect: &scoring::FeatureEffect) -> String {
    let mut text = String::new();
    if let Some([below, above]) = &effect.curve {
        push(&mut text, format_args!("; a curve: {below} up to the middle, {above} from there"));
    }
    if !effect.depends_on.is_empty() {
        push(&mut text, format_args!("; how much depends on {}", effect.depends_on.join(", ")));
    }
    text
}

/// Three digits that matter.
fn short(value: f64) -> String {
    // What a logarithm and back leave of 0.
    let value = if value.abs() < 1e-9 { 0.0 } else { value };
    let digits = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    let decimals = (2.0 - digits).clamp(0.0, 6.0);
    format!("{value:.*}", decimals as usize)
}
