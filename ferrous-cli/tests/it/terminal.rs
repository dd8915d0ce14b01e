//! A pseudo-terminal with a program in it, and the screen that a person would see.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::server::{is_installed, wait_until};

const ROWS: u16 = 24;
const COLUMNS: u16 = 100;

/// The program, its keyboard and its screen.
pub(crate) struct Terminal {
    process: Child,
    /// Our end of the terminal.
    keyboard: File,
    screen: Arc<Mutex<vt100::Parser>>,
}

impl Terminal {
    /// Starts the program; `None`, with a message, where `setsid` is missing, which gives it its terminal.
    pub(crate) fn start(
        program: &str,
        arguments: &[String],
        environment: &[(&str, &str)],
    ) -> Option<Self> {
        if !is_installed("setsid") {
            println!("skipped: setsid is not installed");
            return None;
        }
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        set_size(&ours, ROWS, COLUMNS);
        let path = ptsname(&ours, Vec::new()).unwrap();
        let theirs = File::options()
            .read(true)
            .write(true)
            .open(path.to_str().unwrap())
            .unwrap();
        let process = Command::new("setsid")
            .args(["--ctty", "--wait", program])
            .args(arguments)
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .envs(environment.iter().copied())
            .stdin(Stdio::from(theirs.try_clone().unwrap()))
            .stdout(Stdio::from(theirs.try_clone().unwrap()))
            .stderr(Stdio::from(theirs))
            .spawn()
            .unwrap();
        let keyboard = File::from(ours);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(ROWS, COLUMNS, 1000)));
        let (mut output, shared) = (keyboard.try_clone().unwrap(), screen.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Reading fails when the program has closed its end.
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                shared.lock().unwrap().process(&buffer[..read]);
            }
        });
        Some(Self {
            process,
            keyboard,
            screen,
        })
    }

    /// Presses keys.
    pub(crate) fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// What stands on the screen, empty lines at its end left out.
    pub(crate) fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// The line the cursor is in, up to the end of the text in it.
    pub(crate) fn current_line(&self) -> String {
        let screen = self.screen.lock().unwrap();
        let (row, _) = screen.screen().cursor_position();
        screen
            .screen()
            .rows(0, screen.screen().size().1)
            .nth(usize::from(row))
            .unwrap_or_default()
    }

    /// Waits until the screen shows the text.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        self.waits_for(|screen| screen.text().contains(text), text);
    }

    /// Waits until the line of the cursor begins so.
    #[track_caller]
    pub(crate) fn is_at(&self, line: &str) {
        self.waits_for(|screen| screen.current_line().starts_with(line), line);
    }

    #[track_caller]
    fn waits_for(&self, condition: impl Fn(&Self) -> bool, what: &str) {
        let start = std::time::Instant::now();
        while !condition(self) {
            assert!(
                start.elapsed().as_secs() < 10,
                "{what:?} is not on the screen:\n{}\n[cursor in: {}]",
                self.text(),
                self.current_line()
            );
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Clears the screen by Ctrl-L, so that what comes next cannot be mistaken for what was there.
    #[track_caller]
    pub(crate) fn clears(&mut self) {
        self.types("\x0c");
        self.waits_for(
            |screen| screen.text().trim_end().lines().count() <= 1,
            "an empty screen",
        );
    }

    /// Runs a line on an empty screen and waits for what it prints.
    #[track_caller]
    pub(crate) fn answers(&mut self, line: &str, expected: &str) {
        self.clears();
        self.types(&format!("{line}\r"));
        self.shows(expected);
        self.waits_for(Self::is_at_new_prompt, "a new prompt");
    }

    /// The cursor stands behind a prompt that is not the first line of the screen, with nothing typed yet.
    fn is_at_new_prompt(&self) -> bool {
        let row = self.screen.lock().unwrap().screen().cursor_position().0;
        row > 0 && self.current_line().trim_end().ends_with('>')
    }

    /// Changes the size, of which the program is told by a signal.
    pub(crate) fn resizes(&mut self, rows: u16, columns: u16) {
        set_size(&self.keyboard, rows, columns);
        let mut screen = self.screen.lock().unwrap();
        screen.screen_mut().set_size(rows, columns);
    }

    /// Some text on the screen has a colour of its own.
    pub(crate) fn has_colours(&self) -> bool {
        let screen = self.screen.lock().unwrap();
        let (rows, columns) = screen.screen().size();
        (0..rows).any(|row| {
            (0..columns).any(|column| {
                let cell = screen.screen().cell(row, column);
                cell.is_some_and(|cell| cell.fgcolor() != vt100::Color::Default || cell.bold())
            })
        })
    }

    /// Waits for the program's end.
    #[track_caller]
    pub(crate) fn ends(&mut self) {
        wait_until(|| self.process.try_wait().unwrap().is_some());
    }
}

fn set_size(terminal: impl std::os::fd::AsFd, rows: u16, columns: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).unwrap();
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The end of the terminal hangs up on the program itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
