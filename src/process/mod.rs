//! What the operating system gives: environment, streams, clock, terminal, folders.
//!
//! Nothing else in the crate reads the environment or asks for the time, so that a test can make
//! up the whole outside world as one value.

pub(crate) mod file;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

/// A source of the current time that tests can set.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// A stream that several parts of the program write to, line by line.
pub type Sink = Arc<Mutex<dyn Write + Send>>;

/// Standard input, shared because a command may be asked for a secret on it.
pub type Source = Arc<Mutex<dyn Read + Send>>;

/// Asks for a secret at the terminal, without showing what is typed.
pub type HiddenPrompt = Arc<dyn Fn(&str) -> io::Result<String> + Send + Sync>;

/// Which of the three streams are terminals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminals {
    /// Standard input is a terminal: questions can be answered.
    pub stdin: bool,
    /// Standard output is a terminal: color may be used.
    pub stdout: bool,
    /// Standard error is a terminal: progress is shown.
    pub stderr: bool,
}

/// The outside world of one run; clones share the streams.
#[derive(Clone)]
pub struct Process {
    env: Arc<BTreeMap<OsString, OsString>>,
    account_home: Option<PathBuf>,
    /// Where the answer goes.
    pub stdout: Sink,
    /// Where everything meant for people goes.
    pub stderr: Sink,
    /// Where secrets and documents come from.
    pub stdin: Source,
    /// How a secret is asked for.
    pub hidden_prompt: HiddenPrompt,
    /// Which streams are terminals.
    pub terminals: Terminals,
    /// How many columns the window has that shows standard output.
    pub columns: Option<usize>,
    /// What time it is.
    pub clock: Clock,
    /// The folder the program was started in.
    pub working_dir: PathBuf,
    /// Which commit the program was built from, which only the program itself knows.
    pub commit: &'static str,
}

impl Process {
    /// The real process.
    #[allow(clippy::disallowed_methods)]
    pub fn system() -> Process {
        Process {
            env: Arc::new(std::env::vars_os().map(as_named).collect()),
            // Where HOME is not set, as under systemd or cron, `~` is what the account says: so in Python, and so in `az`.
            account_home: std::env::home_dir(),
            stdout: Arc::new(Mutex::new(io::stdout())),
            stderr: Arc::new(Mutex::new(io::stderr())),
            stdin: Arc::new(Mutex::new(io::stdin())),
            hidden_prompt: Arc::new(|prompt| rpassword::prompt_password(prompt)),
            terminals: Terminals {
                stdin: io::stdin().is_terminal(),
                stdout: io::stdout().is_terminal(),
                stderr: io::stderr().is_terminal(),
            },
            columns: terminal_size::terminal_size_of(io::stdout())
                .map(|(width, _)| usize::from(width.0)),
            clock: Arc::new(SystemTime::now),
            working_dir: std::env::current_dir().unwrap_or_default(),
            commit: "unknown",
        }
    }

    /// A made-up process without terminals, whose streams the caller keeps.
    pub fn made_up<K, V>(
        env: impl IntoIterator<Item = (K, V)>,
        stdin: Source,
        stdout: Sink,
        stderr: Sink,
    ) -> Process
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        Process {
            env: Arc::new(
                env.into_iter()
                    .map(|(name, value)| as_named((name.into(), value.into())))
                    .collect(),
            ),
            account_home: None,
            stdout,
            stderr,
            stdin,
            ..Process::system()
        }
    }

    /// The value of a variable, if it is set, not empty, and Unicode.
    pub fn var(&self, name: &str) -> Option<String> {
        let value = self.env.get(OsStr::new(name))?.to_str()?;
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// All variables as they are, for a program to be started.
    pub fn variables(&self) -> Arc<BTreeMap<OsString, OsString>> {
        self.env.clone()
    }

    /// The value of a variable as it is, if it is set at all.
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.env.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The names of all variables that are set and not empty.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let set = self.env.iter().filter(|(_, value)| !value.is_empty());
        set.filter_map(|(name, _)| name.to_str())
    }

    /// The value of a variable that names a file or folder, whatever its bytes.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let value = self.env.get(OsStr::new(name))?;
        (!value.is_empty()).then(|| PathBuf::from(value))
    }

    /// The user's home folder, as the platform names it.
    pub fn home(&self) -> Option<PathBuf> {
        // Python, and so `az`, does not look at HOME on Windows, where only ported shells set it.
        let [first, second] =
            if cfg!(windows) { ["USERPROFILE", "HOME"] } else { ["HOME", "USERPROFILE"] };
        self.path(first).or_else(|| self.path(second)).or_else(|| self.account_home.clone())
    }

    /// Seconds since 1970 by this process's clock.
    pub fn now(&self) -> i64 {
        unix_seconds((self.clock)())
    }
}

/// Windows does not distinguish `Path` from `PATH`; the latter is looked for.
fn as_named((name, value): (OsString, OsString)) -> (OsString, OsString) {
    if cfg!(windows) { (name.to_ascii_uppercase(), value) } else { (name, value) }
}

/// What this computer calls itself, for marks that people read.
#[cfg(unix)]
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// What this computer calls itself, for marks that people read.
#[cfg(not(unix))]
pub(crate) fn host_name() -> String {
    "windows".to_owned()
}

/// Runs the program's work where recursion has as much room as Linux gives to a first thread.
///
/// Windows gives 1 MiB, and a document of the deepest accepted nesting needs more to be printed.
///
/// # Panics
/// If `work` panics, or no thread can be made for it.
pub fn with_a_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if !cfg!(windows) {
        return work();
    }
    std::thread::scope(|scope| {
        let deep = std::thread::Builder::new()
            .stack_size(8 * 1024 * 1024)
            .spawn_scoped(scope, work)
            .expect("a program that has just begun may have a second thread");
        deep.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Keeps secrets out of core files and out of reach of other processes of the same user.
///
/// Best effort, first thing in `main`: no dump is written and no one may attach. Source of the
/// idea: rbw's agent.
pub fn harden_process() {
    #[cfg(target_os = "linux")]
    #[allow(unsafe_code)]
    // SAFETY: both calls take plain numbers and a pointer to a live local.
    unsafe {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        // A limit on the size of files is a write that fails, not the end of the run.
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// True if this process was started to ignore this signal, as by `nohup` for SIGHUP: a program that it starts is to
/// inherit that.
#[cfg(unix)]
#[allow(unsafe_code)]
pub fn is_signal_ignored(number: i32) -> bool {
    // SAFETY: with no new action the call only fills in `old`, which is plain data and lives long enough.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(number, std::ptr::null(), &raw mut old) == 0
            && old.sa_sigaction == libc::SIG_IGN
    }
}

/// Where the running program lies.
#[allow(clippy::disallowed_methods)]
pub fn program_path() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Seconds since 1970, negative before it.
pub fn unix_seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_up(env: &[(&str, &str)]) -> Process {
        let sink = || Arc::new(Mutex::new(Vec::new()));
        Process::made_up(env.to_vec(), Arc::new(Mutex::new(io::empty())), sink(), sink())
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let process = made_up(&[("AZURE_CONFIG_DIR", ""), ("HOME", "/h")]);
        assert_eq!(process.var("AZURE_CONFIG_DIR"), None);
        assert_eq!(process.home(), Some(PathBuf::from("/h")));
    }

    #[test]
    fn without_home_it_is_the_accounts_own_folder() {
        let account = |env: &[(&str, &str)]| {
            let process = Process { account_home: Some("/account".into()), ..made_up(env) };
            process.home()
        };
        assert_eq!(account(&[]), Some(PathBuf::from("/account")));
        assert_eq!(account(&[("HOME", "/h")]), Some(PathBuf::from("/h")));
        assert_eq!(made_up(&[]).home(), None);
    }

    #[test]
    fn a_deep_stack_holds_what_a_thin_one_would_not() {
        fn deep(levels: u32) -> u64 {
            let frame = std::hint::black_box([u64::from(levels); 512]);
            if levels == 0 { 0 } else { deep(levels - 1) + frame[0] }
        }
        let all = std::thread::Builder::new()
            .stack_size(if cfg!(windows) { 1 << 20 } else { 8 << 20 })
            .spawn(|| with_a_deep_stack(|| deep(1000)));
        assert_eq!(all.unwrap().join().unwrap(), 500_500);
    }

    #[test]
    fn variables_have_the_systems_idea_of_case() {
        let process = made_up(&[("azure_config_dir", "x"), ("UserProfile", "/u"), ("HOME", "/h")]);
        let (folder, home) = if cfg!(windows) { (Some("x"), "/u") } else { (None, "/h") };
        assert_eq!(process.var("AZURE_CONFIG_DIR").as_deref(), folder);
        assert_eq!(process.home(), Some(PathBuf::from(home)));
    }

    #[test]
    fn time_before_1970_is_negative() {
        let before = UNIX_EPOCH - std::time::Duration::from_secs(5);
        assert_eq!(unix_seconds(before), -5);
    }
}
