//! `ferrous-server`: see the library for everything.

fn main() -> std::process::ExitCode {
    ferrous_server::main()
}
