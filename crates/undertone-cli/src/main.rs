//! The `undertone` command; everything it does is in [`undertone_cli`].

fn main() -> std::process::ExitCode {
    undertone_cli::run()
}
