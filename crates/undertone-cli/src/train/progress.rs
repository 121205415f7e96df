//! The progress of a training run on a terminal, and the times of its steps.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use undertone::train::{Observer, Step};

/// A progress bar, shown only on a terminal, with a clock.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    /// The current step, and when it began.
    current: Option<(Step, Instant)>,
    times: Vec<(Step, Duration)>,
}

impl Progress {
    pub(super) fn start() -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg:16} {bar:40} {pos}/{len}  {elapsed}")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, started: Instant::now(), current: None, times: Vec::new() }
    }

    /// Ends the last step and clears the bar.
    pub(super) fn finish(&mut self) {
        self.end_step();
        self.bar.finish_and_clear();
    }

    /// The duration of a step in seconds; 0 if it was left out.
    pub(super) fn seconds(&self, step: Step) -> f64 {
        let times = self.times.iter().filter(|(of, _)| *of == step);
        // Not a sum of floats: that of none is −0.
        times.map(|(_, time)| *time).sum::<Duration>().as_secs_f64()
    }

    /// The seconds since the start.
    pub(super) fn total(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn end_step(&mut self) {
        if let Some((step, since)) = self.current.take() {
            self.times.push((step, since.elapsed()));
        }
    }
}

impl Observer for Progress {
    fn on(&mut self, step: Step, done: u32, of: u32) {
        if done == 0 {
            self.end_step();
            self.current = Some((step, Instant::now()));
            self.bar.set_length(u64::from(of));
            self.bar.set_message(match step {
                Step::Read => "reading",
                Step::Tune => "tuning",
                Step::CrossValidate => "cross-validation",
                Step::LearningCurve => "learning curve",
                _ => "fitting",
            });
        }
        self.bar.set_position(u64::from(done));
    }
}
