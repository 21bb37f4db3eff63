//! A terminal with a shell in it: keys go in, a screen is read.
//!
//! Nothing here waits for a time: it waits until the screen shows what is expected, and fails with
//! the screen if that does not happen.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const SIZE: PtySize = PtySize { rows: 60, cols: 250, pixel_width: 0, pixel_height: 0 };

/// Far more than a loaded machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

struct Screen {
    parser: Mutex<vt100::Parser>,
    changed: Condvar,
}

/// What is typed, and what a terminal itself answers.
type Keyboard = Arc<Mutex<Box<dyn Write + Send>>>;

/// The question of a program where its cursor is; Nushell waits for the answer.
const WHERE: &[u8] = b"\x1b[6n";

/// A program in a terminal of its own.
pub(crate) struct Terminal {
    screen: Arc<Screen>,
    keyboard: Keyboard,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts a program with these variables and no others.
    pub(crate) fn start(mut command: CommandBuilder, env: &[(String, String)]) -> Terminal {
        let pair = native_pty_system().openpty(SIZE).unwrap();
        command.env_clear();
        for (name, value) in env {
            command.env(name, value);
        }
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Screen {
            parser: Mutex::new(vt100::Parser::new(SIZE.rows, SIZE.cols, 0)),
            changed: Condvar::new(),
        });
        let mut output = pair.master.try_clone_reader().unwrap();
        let keyboard: Keyboard = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let (shown, answers) = (screen.clone(), keyboard.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let mut parser = shown.parser.lock().unwrap();
                parser.process(&buffer[..count]);
                let (row, column) = parser.screen().cursor_position();
                drop(parser);
                shown.changed.notify_all();
                for _ in buffer[..count].windows(WHERE.len()).filter(|window| *window == WHERE) {
                    let answer = format!("\x1b[{};{}R", row + 1, column + 1);
                    let _ = answers.lock().unwrap().write_all(answer.as_bytes());
                }
            }
        });
        Terminal { screen, keyboard, child, _master: pair.master }
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        let mut keyboard = self.keyboard.lock().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Waits for the end of the program, and gives its exit code and what the screen shows.
    pub(crate) fn end(mut self) -> (u32, String) {
        let code = self.child.wait().unwrap().exit_code();
        // What it wrote last is on its way to the screen.
        let shown = self.wait(|screen| screen.contains(" to create, "));
        (code, shown.unwrap_or_else(|screen| screen))
    }

    /// Waits until the screen is as wanted, and gives it; the screen as it is, if that never happens.
    pub(crate) fn wait(&self, wanted: impl Fn(&str) -> bool) -> Result<String, String> {
        let until = Instant::now() + PATIENCE;
        let mut parser = self.screen.parser.lock().unwrap();
        loop {
            let text = parser.screen().contents();
            if wanted(&text) {
                return Ok(text);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(text);
            }
            (parser, _) = self.screen.changed.wait_timeout(parser, left).unwrap();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
