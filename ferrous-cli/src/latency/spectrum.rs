//! `--latency-dist`: each line a second, each column a range of latencies, each colour how many fell into it.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use ferrous_client::Connection;

use super::ping;
use crate::options::Options;

/// Upper bounds of the columns in microseconds and their signs; what is above the last goes to `?`.
const COLUMNS: [(u64, char); 31] = [
    (10, '.'),
    (125, '-'),
    (250, '*'),
    (500, '#'),
    (1_000, '1'),
    (2_000, '2'),
    (3_000, '3'),
    (4_000, '4'),
    (5_000, '5'),
    (6_000, '6'),
    (7_000, '7'),
    (8_000, '8'),
    (9_000, '9'),
    (10_000, 'A'),
    (20_000, 'B'),
    (30_000, 'C'),
    (40_000, 'D'),
    (50_000, 'E'),
    (100_000, 'F'),
    (200_000, 'G'),
    (300_000, 'H'),
    (400_000, 'I'),
    (500_000, 'J'),
    (1_000_000, 'K'),
    (2_000_000, 'L'),
    (4_000_000, 'M'),
    (8_000_000, 'N'),
    (16_000_000, 'O'),
    (30_000_000, 'P'),
    (60_000_000, 'Q'),
    (u64::MAX, '?'),
];

/// Colours of the 256-colour palette, from none to all.
const COLOURS: [u8; 19] = [
    0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 144, 143, 142, 184, 226, 214, 208, 202, 196,
];
const GREYS: [u8; 13] = [
    0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 249, 251, 253,
];

/// Lines between two legends.
const LEGEND_LINES: usize = 20;

pub(super) fn run(mut connection: Connection, options: &Options) -> anyhow::Result<ExitCode> {
    let palette: &[u8] = if options.monochrome { &GREYS } else { &COLOURS };
    let interval = if options.interval.is_zero() {
        Duration::from_secs(1)
    } else {
        options.interval
    };
    for line in 0.. {
        if line % LEGEND_LINES == 0 {
            crate::say(legend(palette).as_bytes());
        }
        let mut counts = [0_u64; COLUMNS.len()];
        let start = Instant::now();
        while start.elapsed() < interval {
            let time = ping(&mut connection)?.as_micros() as u64;
            counts[COLUMNS.partition_point(|(bound, _)| *bound < time)] += 1;
        }
        crate::say(spectrum(&counts, palette).as_bytes());
    }
    Ok(ExitCode::SUCCESS)
}

fn legend(palette: &[u8]) -> String {
    let mut text = "---------------------------------------------\n. - * #          .01 .125 .25 .5 milliseconds\n\
                    1,2,3,...,9      from 1 to 9     milliseconds\n\
                    A,B,C,D,E        10,20,30,40,50  milliseconds\n\
                    F,G,H,I,J        .1,.2,.3,.4,.5       seconds\n\
                    K,L,M,N,O,P,Q,?  1,2,4,8,16,30,60,>60 seconds\n\
                    From 0 to 100%: "
        .to_owned();
    for colour in palette {
        crate::append!(text, "\x1b[48;5;{colour}m ");
    }
    text.push_str("\x1b[0m\n---------------------------------------------\n");
    text
}

fn spectrum(counts: &[u64; COLUMNS.len()], palette: &[u8]) -> String {
    let total: u64 = counts.iter().sum();
    let mut line = "\x1b[38;5;0m".to_owned();
    for (count, (_, sign)) in counts.iter().zip(COLUMNS) {
        let shade =
            (*count as f64 / total.max(1) as f64 * (palette.len() - 1) as f64).ceil() as usize;
        crate::append!(line, "\x1b[48;5;{}m{sign}", palette[shade]);
    }
    line.push_str("\x1b[0m\n");
    line
}
