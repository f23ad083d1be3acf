//! Rows, as a table for people or as JSON for programs.

use crate::args::Effort;
use crate::rounds::Figure;
use serde_json::{Value, json};
use std::fmt::Write;

/// What a figure has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Budget {
    AtLeast(f64),
    AtMost(f64),
    Below(f64),
}

/// A number that a figure comes from.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    name: String,
    value: f64,
    unit: &'static str,
}

/// One thing measured.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    name: String,
    unit: &'static str,
    figure: Figure,
    budget: Option<Budget>,
    numbers: Vec<Number>,
}

// === impl Budget ===

impl Budget {
    fn met(self, value: f64) -> bool {
        match self {
            Budget::AtLeast(bound) => value >= bound,
            Budget::AtMost(bound) => value <= bound,
            Budget::Below(bound) => value < bound,
        }
    }

    fn text(self) -> String {
        match self {
            Budget::AtLeast(bound) => format!(">= {bound}"),
            Budget::AtMost(bound) => format!("<= {bound}"),
            Budget::Below(bound) => format!("< {bound}"),
        }
    }
}

// === impl Number ===

impl Number {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Number { name: name.into(), value, unit }
    }
}

// === impl Row ===

impl Row {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, figure: Figure) -> Self {
        Row { name: name.into(), unit, figure, budget: None, numbers: Vec::new() }
    }

    pub(crate) fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    pub(crate) fn number(mut self, number: Number) -> Self {
        self.numbers.push(number);
        self
    }

    fn cells(&self) -> [String; 6] {
        let Figure { median, least, most } = self.figure;
        let budget = self.budget.map(|budget| (budget.text(), budget.met(median)));
        let (budget, met) = match budget {
            Some((text, true)) => (text, "yes"),
            Some((text, false)) => (text, "NO"),
            None => ("-".to_owned(), "-"),
        };
        let numbers: Vec<String> = self
            .numbers
            .iter()
            .map(|Number { name, value, unit }| format!("{name} {} {unit}", short(*value)))
            .collect();
        [
            self.name.clone(),
            format!("{} {}", short(median), self.unit),
            format!("{}..{}", short(least), short(most)),
            budget,
            met.to_owned(),
            numbers.join(", "),
        ]
    }

    fn json(&self) -> Value {
        let Figure { median, least, most } = self.figure;
        let numbers: Vec<Value> = self
            .numbers
            .iter()
            .map(|Number { name, value, unit }| json!({"name": name, "value": value, "unit": unit}))
            .collect();
        json!({
            "name": self.name,
            "unit": self.unit,
            "median": median,
            "least": least,
            "most": most,
            "budget": self.budget.map(Budget::text),
            "met": self.budget.map(|budget| budget.met(median)),
            "numbers": numbers,
        })
    }
}

/// Three digits that count, or all of a whole number.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// All rows as JSON.
pub(crate) fn json(rows: &[Row], effort: Effort) -> String {
    let rows: Vec<Value> = rows.iter().map(Row::json).collect();
    let report = json!({"rounds": effort.rounds, "seconds": effort.seconds, "rows": rows});
    format!("{report:#}")
}

/// All rows as a table.
pub(crate) fn table(rows: &[Row], effort: Effort) -> String {
    let head = ["work", "median", "spread", "budget", "met", "from"].map(str::to_owned);
    let lines: Vec<[String; 6]> = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect();
    let mut widths = [0; 6];
    for cells in &lines {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.len());
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut out = format!(
        "{} rounds of {} s by turns, wrk -t1 -c64 beside the server, {cores} cores\n\n",
        effort.rounds, effort.seconds
    );
    for cells in &lines {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
