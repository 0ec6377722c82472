use super::axis::round_up;
use super::bars::{Ranked, ranked, stacked};
use super::lines::lines;
use super::*;

fn buckets(count: usize) -> Vec<Bucket> {
    let bucket = |n| Bucket { short: format!("{n}"), long: format!("minute {n}") };
    (0..count).map(bucket).collect()
}

fn series(label: &'static str, values: &[Option<f64>]) -> Series {
    Series { label, class: "succeeded", values: values.to_vec() }
}

#[test]
fn the_table_says_what_the_picture_shows() {
    let all = [series("Delivered", &[Some(3.0), None]), series("Failed", &[Some(1.0), Some(2.0)])];
    let figure = stacked("Deliveries", "…".to_owned(), &buckets(2), &all);
    assert_eq!(figure.head, ["Time", "Delivered", "Failed"]);
    assert_eq!(figure.rows, [["minute 0", "3", "1"], ["minute 1", "–", "2"]]);
    assert_eq!(figure.svg.0.matches("<rect").count(), 3, "no bar for nothing");
    assert!(!figure.empty);
}

#[test]
fn a_line_is_interrupted_where_nothing_was_measured() {
    let all = [series("p95", &[Some(1.0), Some(2.0), None, Some(1_500.0)])];
    let figure = lines("Latency", "…".to_owned(), &buckets(4), &all, Unit::Milliseconds);
    assert_eq!(figure.svg.0.matches("<polyline").count(), 2);
    assert_eq!(figure.rows[3], ["minute 3", "1.5 s"]);
    let nothing = [series("p95", &[None; 4])];
    assert!(lines("Latency", String::new(), &buckets(4), &nothing, Unit::Count).empty);
}

#[test]
fn names_from_outside_stay_text() {
    let one = Ranked { name: "<script>\"&".to_owned(), parts: vec![("failed", 1.0)] };
    let figure = ranked("Codes", String::new(), "Code", vec![one], 5);
    assert!(
        figure.svg.0.contains("&lt;script&gt;&quot;&amp;") && !figure.svg.0.contains("<script")
    );
}

#[test]
fn a_ranked_list_is_cut_and_the_rest_is_added_up() {
    let one = |n: u32| Ranked { name: n.to_string(), parts: vec![("failed", f64::from(n))] };
    let figure = ranked("Codes", String::new(), "Code", (1..=5).map(one).collect(), 2);
    assert_eq!(figure.rows, [["5", "5"], ["4", "4"], ["other", "6"]]);
}

#[test]
fn no_inline_style_and_no_script_is_written() {
    let all = [series("Delivered", &[Some(1.0)])];
    let text = stacked("t", String::new(), &buckets(1), &all).svg.0;
    assert!(!text.contains("style=") && !text.contains("<script") && !text.contains(" on"));
}

#[test]
fn an_axis_ends_at_a_round_number() {
    for (value, edge) in
        [(0.0, 1.0), (1.0, 1.0), (3.0, 5.0), (10.0, 10.0), (11.0, 20.0), (990.0, 1e3)]
    {
        assert_eq!(round_up(value), edge, "{value}");
    }
    assert_eq!([compact(950.0), compact(12_340.0), compact(3_400_000.0)], ["950", "12.3k", "3.4M"]);
}
