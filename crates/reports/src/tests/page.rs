//! What the page is made of: nothing from outside, nothing that a text could add, a name for every chart.

use super::*;

/// The tags of a page, each from `<` to its `>`, quoted values understood; the style sheet is left out.
pub(crate) fn tags(page: &str) -> Vec<String> {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let mut tags = Vec::new();
    let mut tag: Option<String> = None;
    let mut quoted = false;
    for c in head.chars().chain(body.chars()) {
        match (&mut tag, c) {
            (None, '<') => tag = Some(String::from('<')),
            (None, _) => {}
            (Some(text), '>') if !quoted => {
                text.push('>');
                tags.extend(tag.take());
            }
            (Some(text), _) => {
                quoted ^= c == '"';
                text.push(c);
            }
        }
    }
    assert!(tag.is_none() && !quoted);
    tags
}

/// Names of the attributes of a tag.
fn attributes(tag: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (i, part) in tag.split('"').enumerate() {
        if let (0, Some(name)) = (i % 2, part.trim().strip_suffix('=')) {
            names.push(name.rsplit(' ').next().unwrap().to_owned());
        }
    }
    names
}

#[test]
fn hostile_text_stays_text() {
    let page = render(&full(HOSTILE)).unwrap();
    let known = [
        "http-equiv",
        "content",
        "charset",
        "name",
        "lang",
        "class",
        "id",
        "href",
        "aria-label",
        "aria-labelledby",
        "aria-hidden",
        "scope",
        "style",
        "role",
        "viewBox",
        "x",
        "y",
        "dy",
        "width",
        "height",
        "x1",
        "x2",
        "y1",
        "y2",
        "cx",
        "cy",
        "r",
        "points",
        "fill",
        "stroke",
        "stroke-width",
        "opacity",
        "text-anchor",
        "font-size",
        "font-weight",
        "transform",
        "value",
        "data-v",
        "tabindex",
    ];
    let harmless = tags(&render(&full("plain")).unwrap());
    let tags = tags(&page);
    assert_eq!(tags.len(), harmless.len(), "text must not add a tag");
    assert_eq!(tags.iter().filter(|tag| tag.starts_with("<script")).count(), 1, "the sorter is the only script");
    for tag in &tags {
        assert!(!tag.starts_with("<img"), "{tag}");
        for name in attributes(tag) {
            assert!(known.contains(&name.as_str()), "{name} in {tag}");
        }
        for link in tag.split("href=\"").skip(1) {
            assert!(link.starts_with('#'), "{tag}");
        }
    }
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn the_page_refers_to_nothing_outside() {
    let page = render(&full("plain")).unwrap();
    for outside in ["http:", "https:", "//", "xmlns", "url(", "@import", "src=", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"));
    assert!(page.contains("<html lang=\"en\">"));
}

/// Checks that every chart has a name, a description and a table; returns them.
pub(crate) fn charts_of(page: &str) -> Vec<&str> {
    let charts: Vec<&str> = page.split("<svg class=\"chart\"").skip(1).collect();
    let told = charts.into_iter().map(|chart| {
        let (svg, after) = chart.split_once("</svg>").unwrap();
        assert!(svg.contains("role=\"img\""));
        let ids = svg.split_once("aria-labelledby=\"").unwrap().1.split_once('"').unwrap().0;
        let (title, desc) = ids.split_once(' ').unwrap();
        assert!(svg.contains(&format!("<title id=\"{title}\">")) && svg.contains(&format!("<desc id=\"{desc}\">")));
        assert!(!svg.contains("\"#"), "every colour is a variable");
        let (below, _) = after.split_once("</figure>").unwrap();
        assert!(below.contains("<details>") && below.contains("<table"));
        svg
    });
    told.collect()
}

/// Checks that no id of a page is there twice.
pub(crate) fn has_unique_ids(page: &str) {
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|s| s.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn every_chart_has_a_name_a_description_and_a_table() {
    let page = render(&full("plain")).unwrap();
    assert_eq!(charts_of(&page).len(), 15);
    has_unique_ids(&page);
}

#[test]
fn drawn_bubbles_have_an_area_proportional_to_their_customers() {
    let mut data = full("plain");
    let sizes = [40_000, 10_000, 2_500, 400];
    data.segments.rows = sizes
        .iter()
        .enumerate()
        .map(|(i, n)| segment(&format!("s{i}"), *n, 0.1 + 0.2 * i as f64, 20.0 + 30.0 * i as f64))
        .collect();
    let page = render(&data).unwrap();
    let (chart, _) = page.split_once("viewBox=\"0 0 9200 5400\"").unwrap().1.split_once("</svg>").unwrap();
    let radii: Vec<f64> = chart
        .split("<circle ")
        .skip(1)
        .filter(|c| c.contains("opacity=\"0.28\""))
        .map(|c| c.split_once(" r=\"").unwrap().1.split_once('"').unwrap().0.parse().unwrap())
        .collect();
    assert_eq!(radii.len(), sizes.len());
    for (n, r) in sizes.iter().zip(&radii) {
        let expected = *n as f64 / 40_000.0;
        let found = (r / radii[0]).powi(2);
        // Half a drawing unit of rounding on the smallest radius of 36 units.
        assert!((found / expected - 1.0).abs() < 0.03, "{n}: {found} for {expected}");
    }
}

#[test]
fn the_same_data_gives_the_same_bytes_in_any_order_of_segments() {
    let data = full("plain");
    let page = render(&data).unwrap();
    assert_eq!(page, render(&data).unwrap());
    let mut turned = data.clone();
    turned.segments.rows = vec![segment("a", 400, 0.2, 80.0), segment("b", 100, 0.5, -20.0)];
    let forth = render(&turned).unwrap();
    turned.segments.rows.reverse();
    assert_eq!(forth, render(&turned).unwrap());
}

#[test]
fn the_first_screen_has_eight_pictures_each_with_a_sentence() {
    let page = render(&full("plain")).unwrap();
    let (first, after) = page.split_once("<nav class=\"sections\"").unwrap();
    assert!(!after.contains("svg class=\"small\""));
    let questions: Vec<&str> = first.split("<li>").skip(1).collect();
    assert_eq!(questions.len(), 8);
    for question in questions {
        assert_eq!(question.matches("<svg class=\"small\"").count(), 1, "{question}");
        let (_, said) = question.split_once("</svg><p>").unwrap();
        let (said, _) = said.split_once("</p>").unwrap();
        assert!(said.ends_with('.') && !said.trim_end_matches('.').contains(". "), "one sentence: {said}");
    }
    let at_risk = first.find("Value at risk").unwrap();
    let change = first.find("Change since the last run").unwrap();
    assert!(at_risk < change && change < first.find("class=\"questions\"").unwrap());
    assert!(first.contains("+50.0\u{a0}%") && first.contains("of the value at risk, 0.20"));
    let mut data = full("plain");
    data.compare = None;
    assert!(render(&data).unwrap().contains("No earlier run to compare with."));
}

#[test]
fn all_quadrants_are_named_with_what_to_do_wherever_segments_lie() {
    let corners = [(0.01, -50.0), (0.01, 900.0), (0.99, -50.0), (0.99, 900.0)];
    for language in Language::ALL {
        for &(p, value) in &corners {
            let mut data = full("plain");
            data.header.language = language;
            data.segments.rows =
                (0..4_u8).map(|at| segment(&format!("s{at}"), 400, p, value + f64::from(at))).collect();
            let page = render(&data).unwrap();
            let (before, rest) = page.split_once("aria-labelledby=\"bubbles-title").unwrap();
            let (chart, below) = rest.split_once("</svg>").unwrap();
            let (table, _) = below.split_once("</figure>").unwrap();
            assert!(!before.is_empty());
            language::with(language, || {
                for group in crate::view::Group::ALL {
                    let brief = format!(">{}</text>", text::T.group_brief(group));
                    assert!(chart.contains(&brief) && chart.contains(&format!(">{}</text>", text::T.group(group))));
                    assert!(table.contains(text::T.group_action(group)), "{group:?} in {language:?}");
                }
            });
        }
    }
}
