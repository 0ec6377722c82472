//! The table of launches: a line for each figure, a column for each run.

use super::figures::{LaunchFigures, Times};

/// A figure and what it was in each run.
type Line = (String, Vec<String>);

/// The table in Markdown.
pub(in crate::run) fn render(runs: &[LaunchFigures]) -> String {
    let Some(first) = runs.first() else { return String::new() };
    let LaunchFigures { consumers, seconds, .. } = first;
    let mut text = format!("| a launch: {consumers} join in {seconds} s |");
    for number in 1..=runs.len() {
        text += &format!(" run {number} |");
    }
    text += &format!("\n|---|{}\n", "---|".repeat(runs.len()));
    for (name, values) in lines(runs) {
        text += &format!("| {name} | {} |\n", values.join(" | "));
    }
    text
}

fn lines(runs: &[LaunchFigures]) -> Vec<Line> {
    let line = |name: &str, value: &dyn Fn(&LaunchFigures) -> String| {
        (name.to_owned(), runs.iter().map(value).collect())
    };
    let mut lines = vec![
        line("join answered: p50 / p99 / p99.9 / most, ms", &|run| times(run.join_answer)),
        line("payment answered", &|run| times(run.payment_answer)),
        line("draw answered, ms", &|run| format!("{:.1}", run.draw_answer.most)),
        line("requests refused / failed", &|run| format!("{} / {}", run.refused, run.failed)),
        line("`joined` received: p50 / p99 / p99.9 / most, ms", &|run| times(run.joined_receipt)),
        line("`winner_selected` received", &|run| times(run.selected_receipt)),
        line("`order.paid` received", &|run| times(run.paid_receipt)),
    ];
    for number in 0..runs[0].webhooks.len() {
        let events = &runs[0].webhooks[number].events;
        let name = format!("webhook {} ({events}): largest / last lag, ms", number + 1);
        lines.push(line(&name, &|run| {
            let lag = &run.webhooks[number];
            format!("{:.0} / {:.1} ({} received)", lag.largest, lag.last, lag.received)
        }));
    }
    lines.extend([
        line("events / deliveries", &|run| format!("{} / {}", run.events, run.deliveries)),
        line("lost / twice", &|run| format!("{} / {}", run.lost, run.duplicates)),
        line("server CPU: s / µs per delivery", &server_cpu),
        line("load / receiver CPU, s", &|run| {
            format!("{:.1} / {:.1}", run.load_cpu as f64 / 1e6, run.sink_cpu as f64 / 1e6)
        }),
        line("peak memory, MiB", &|run| format!("{:.0}", run.peak_memory)),
        line("others used of the machine, %", &|run| format!("{:.0}", run.others)),
    ]);
    for number in 0..runs[0].polling.len() {
        let name = format!("{}: p50 / p99 / most, ms", runs[0].polling[number].what);
        lines.push(line(&name, &|run| {
            let page = &run.polling[number];
            format!("{:.2} / {:.2} / {:.2}", page.p50, page.p99, page.most)
        }));
    }
    lines
}

fn times(times: Times) -> String {
    let Times { p50, p99, p999, most, .. } = times;
    format!("{p50:.1} / {p99:.1} / {p999:.1} / {most:.1}")
}

fn server_cpu(run: &LaunchFigures) -> String {
    let seconds = run.server_cpu as f64 / 1e6;
    let per_delivery = run.server_cpu as f64 / run.deliveries.max(1) as f64;
    format!("{seconds:.1} / {per_delivery:.1}")
}
