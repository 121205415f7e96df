//! Charts as inline SVG, in the colours of the page around them.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use undertone::train::CoveragePoint;
use undertone::train::learning_curve::Point;

/// The size of a chart in SVG units; the page scales it.
const SIZE: (u32, u32) = (640, 400);
/// The height of a bar, and of the gap between the bars of two values.
const BAR: u32 = 9;
/// The most values of a chart of bars; more would be unreadable.
pub(super) const MOST_VALUES: usize = 50;
/// The most characters of a value beside its bars.
const LONGEST_VALUE: usize = 20;
/// The radius of a dot that stands for all documents.
const LARGEST_DOT: f64 = 22.0;

/// The tones of charts. Each is replaced by a variable of report.css, so that the colours of a
/// chart follow the page from light to dark.
const INK: RGBColor = RGBColor(1, 0, 0);
const LINE: RGBColor = RGBColor(2, 0, 0);
const FIRST: RGBColor = RGBColor(3, 0, 0);
const SECOND: RGBColor = RGBColor(4, 0, 0);
const TONES: [(&str, &str); 4] = [
    ("#010000", "var(--quiet)"),
    ("#020000", "var(--line)"),
    ("#030000", "var(--accent)"),
    ("#040000", "var(--second)"),
];

/// A chart of a report.
#[derive(Debug)]
pub(super) enum Chart {
    /// Confidence against accuracy.
    Reliability(Vec<Dot>),
    LearningCurve(Vec<Point>),
    /// The share of the texts that is answered against the accuracy of the answers.
    Coverage(Vec<CoveragePoint>),
    /// The shares of each of some values, and of all together.
    Bars {
        values: Vec<BarGroup>,
        total: BarGroup,
    },
}

/// Documents with about the same confidence.
#[derive(Debug)]
pub(super) struct Dot {
    pub(super) documents: u64,
    /// The mean of the highest probabilities of the documents.
    pub(super) confidence: f64,
    /// The share of documents whose most probable class is right.
    pub(super) accuracy: f64,
}

/// A value with its named shares, 0 to 1, or `None` where the divisor is 0. All groups of a chart
/// have shares of the same names.
#[derive(Debug)]
pub(super) struct BarGroup {
    pub(super) value: String,
    pub(super) shares: Vec<(&'static str, Option<f64>)>,
}

impl Chart {
    pub(super) fn draw(&self) -> Drawing {
        match self {
            Self::Reliability(dots) => reliability(dots),
            Self::LearningCurve(points) => learning_curve(points),
            Self::Coverage(points) => coverage(points),
            Self::Bars { values, total } => bars(values, total),
        }
    }
}

/// A chart as SVG.
#[derive(Debug)]
pub(super) struct Drawing {
    /// The attribute `viewBox` of the `svg` element.
    pub(super) view_box: String,
    /// The content of the `svg` element; empty if the chart can't be drawn.
    pub(super) content: String,
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Draws confidence against accuracy; the area of a dot is its number of documents.
fn reliability(dots: &[Dot]) -> Drawing {
    let all: u64 = dots.iter().map(|dot| dot.documents).sum();
    draw(SIZE, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        mesh(&mut chart, "mean probability of the predicted label", "share that is right", 1)?;
        chart.draw_series(DashedLineSeries::new(
            [(0.0, 0.0), (1.0, 1.0)],
            6,
            5,
            INK.stroke_width(2),
        ))?;
        for dot in dots {
            let radius = LARGEST_DOT * (dot.documents as f64 / all.max(1) as f64).sqrt();
            let circle = Circle::new(
                (dot.confidence, dot.accuracy),
                radius.max(2.5) as i32,
                FIRST.mix(0.75).filled(),
            );
            chart.draw_series([circle])?;
        }
        Ok(())
    })
}

/// Draws accuracy and macro-F1 over the number of training documents, with their deviations.
fn learning_curve(points: &[Point]) -> Drawing {
    let most = points.iter().map(|point| point.documents).fold(1.0, f64::max);
    let scores = || points.iter().flat_map(|point| [point.accuracy, point.macro_f1]);
    let lowest = scores().map(|score| score.mean - score.deviation).fold(1.0, f64::min);
    let highest = scores().map(|score| score.mean + score.deviation).fold(0.0, f64::max);
    // Rounded to the next twentieth on both sides.
    let lowest = ((lowest * 20.0).floor() / 20.0).max(0.0);
    let highest = ((highest * 20.0).ceil() / 20.0).min(1.0);
    draw(SIZE, |area| {
        // The margin on the right is for the names at the ends of the lines.
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(84)
            .x_label_area_size(44)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..most, lowest..highest)?;
        mesh(&mut chart, "training documents", "score", 0)?;
        for (name, tone, is_square) in [("accuracy", FIRST, false), ("macro-F1", SECOND, true)] {
            let score = |point: &Point| if is_square { point.macro_f1 } else { point.accuracy };
            let at = |point: &Point| (point.documents, score(point).mean);
            chart.draw_series(LineSeries::new(points.iter().map(at), tone.stroke_width(2)))?;
            for point in points {
                let (x, y) = at(point);
                let deviation = score(point).deviation;
                let bar = vec![(x, y - deviation), (x, y + deviation)];
                chart.draw_series([PathElement::new(bar, tone.stroke_width(1))])?;
                if is_square {
                    let square = EmptyElement::at((x, y))
                        + Rectangle::new([(-4, -4), (4, 4)], tone.filled());
                    chart.draw_series([square])?;
                } else {
                    chart.draw_series([Circle::new((x, y), 5, tone.filled())])?;
                }
            }
            if let Some(last) = points.last() {
                let style = ("sans-serif", 15).into_font().color(&tone);
                let style = style.pos(Pos::new(HPos::Left, VPos::Center));
                let label = EmptyElement::at(at(last)) + Text::new(name, (10, 0), style);
                chart.draw_series([label])?;
            }
        }
        Ok(())
    })
}

/// Draws accuracy over the share of the texts that have an answer.
fn coverage(points: &[CoveragePoint]) -> Drawing {
    let lowest = points.iter().map(|point| point.accuracy).fold(1.0, f64::min);
    // To the next tenth below.
    let lowest = ((lowest * 10.0).floor() / 10.0).max(0.0);
    draw(SIZE, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..1.0, lowest..1.0)?;
        mesh(&mut chart, "share of the texts that is answered", "share that is right", 1)?;
        let line = points.iter().map(|point| (point.coverage, point.accuracy));
        chart.draw_series(LineSeries::new(line.clone(), FIRST.stroke_width(2)))?;
        chart.draw_series(line.map(|at| Circle::new(at, 4, FIRST.filled())))?;
        Ok(())
    })
}

/// Draws the shares of each value and of all together, as bars one below the other.
fn bars(values: &[BarGroup], total: &BarGroup) -> Drawing {
    let groups: Vec<&BarGroup> = values.iter().take(MOST_VALUES).chain([total]).collect();
    // The height of a row in bars, with the gap above it.
    let row_height = total.shares.len() + 1;
    let bars = groups.len() * row_height;
    let size = (SIZE.0, BAR * bars as u32 + 96);
    draw(size, |area| {
        let bars = bars as f64;
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            // The margins are for the names of the bars and for the values.
            .margin_top(40)
            .margin_left(160)
            .x_label_area_size(44)
            .build_cartesian_2d(0.0..1.0, 0.0..bars)?;
        let style = ("sans-serif", 14).into_font().color(&INK);
        chart
            .configure_mesh()
            .disable_y_mesh()
            .y_labels(0)
            .x_labels(6)
            .max_light_lines(0)
            .bold_line_style(LINE)
            .axis_style(INK)
            .label_style(style.clone())
            .axis_desc_style(style.clone())
            .x_desc("share")
            .x_label_formatter(&|x| format!("{x:.1}"))
            .draw()?;
        // The third is hollow: three tones are hard to tell apart, and three forms are not.
        let styles = [FIRST.filled(), SECOND.filled(), INK.stroke_width(1)];
        for (number, ((name, _), style)) in total.shares.iter().zip(styles).enumerate() {
            let x = 172 + 130 * number as i32;
            area.draw(&Rectangle::new([(x, 16), (x + 12, 16 + BAR as i32)], style))?;
            let text = ("sans-serif", 14).into_font().color(&INK);
            let text = text.pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(*name, (x + 18, 16 + BAR as i32 / 2), text))?;
        }
        let right = style.pos(Pos::new(HPos::Right, VPos::Center));
        for (number, group) in groups.iter().enumerate() {
            // Rows go from the top down, coordinates from the bottom up.
            let top = bars - (number * row_height) as f64 - 0.5;
            let middle = top - total.shares.len() as f64 / 2.0;
            let value = Text::new(shortened(&group.value), (-8, 0), right.clone());
            let label = EmptyElement::at((0.0, middle)) + value;
            chart.draw_series([label])?;
            for (bar, ((_, share), style)) in group.shares.iter().zip(styles).enumerate() {
                let Some(share) = *share else { continue };
                let top = top - bar as f64;
                // A little less than its full height, so that hollow bars don't touch.
                chart.draw_series([Rectangle::new([(0.0, top), (share, top - 0.85)], style)])?;
            }
        }
        Ok(())
    })
}

/// A value on one line, truncated if it is too long to stand beside its bars.
fn shortened(value: &str) -> String {
    let mut characters = value.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut text: String = characters.by_ref().take(LONGEST_VALUE).collect();
    if characters.next().is_some() {
        text.pop();
        text.push('…');
    }
    text
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Plane = Cartesian2d<RangedCoordf64, RangedCoordf64>;

/// Draws axes, ticks and a light grid; `decimals` are those of the numbers along x.
fn mesh(
    chart: &mut ChartContext<'_, SVGBackend<'_>, Plane>,
    x: &str,
    y: &str,
    decimals: usize,
) -> Drawn {
    let style = ("sans-serif", 14).into_font().color(&INK);
    chart
        .configure_mesh()
        .max_light_lines(0)
        .bold_line_style(LINE)
        .axis_style(INK)
        .label_style(style.clone())
        .axis_desc_style(style)
        .x_labels(6)
        .y_labels(6)
        .x_desc(x)
        .y_desc(y)
        .x_label_formatter(&|x| format!("{x:.decimals$}"))
        .y_label_formatter(&|score| format!("{score:.2}"))
        .draw()?;
    Ok(())
}

fn draw(size: (u32, u32), content: impl FnOnce(&Area<'_>) -> Drawn) -> Drawing {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    let drawn = content(&area).and_then(|()| Ok(area.present()?));
    drop(area);
    // Drawing to a string fails only if an axis has no length, as with NaN scores.
    let inside = match (drawn, svg.find('>'), svg.rfind("</svg>")) {
        (Ok(()), Some(start), Some(end)) => svg.get(start + 1..end).unwrap_or_default().trim(),
        _ => "",
    };
    let in_tone = |svg: String, (tone, variable): &(&str, &str)| svg.replace(tone, variable);
    Drawing {
        view_box: format!("0 0 {} {}", size.0, size.1),
        content: TONES.iter().fold(inside.to_owned(), in_tone),
    }
}
