//! The `undertone` command; everything it does is in [`undertone::cli`].

fn main() -> std::process::ExitCode {
    undertone::cli::run()
}
