//! `--intrinsic-latency`: how long the system takes the processor away from a program that only computes.

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::options::Options;
use crate::print_line;

/// Computes for the given number of seconds, or until Ctrl-C.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let stop = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, stop.clone())?;
    let duration = Duration::from_secs(options.intrinsic_seconds);
    let start = Instant::now();
    let (mut worst, mut runs) = (Duration::ZERO, 0_u64);
    let elapsed = loop {
        let before = Instant::now();
        compute();
        let end = Instant::now();
        let latency = end - before;
        runs += 1;
        if latency > worst {
            worst = latency;
            print_line!("Max latency so far: {} microseconds.", worst.as_micros());
        }
        let elapsed = end - start;
        if elapsed > duration || stop.load(Ordering::Relaxed) {
            break elapsed;
        }
    };
    let average = elapsed.as_micros() as f64 / runs as f64;
    print_line!(
        "\n{runs} total runs (avg latency: {average:.4} microseconds / {:.2} nanoseconds per run).",
        average * 1e3
    );
    print_line!(
        "Worst run took {:.0}x longer than the average latency.",
        worst.as_micros() as f64 / average
    );
    Ok(ExitCode::SUCCESS)
}

/// Some work that stays in the processor's caches.
fn compute() {
    let mut state = [0_u8; 256];
    for (index, byte) in state.iter_mut().enumerate() {
        *byte = (index as u8).wrapping_mul(167);
    }
    black_box(state);
}
