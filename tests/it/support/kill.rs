//! Kills a program at every system call that can leave a trace, one run for each.
//!
//! `strace` counts `when=` for each system call by itself, so a point is a pair (call, ordinal):
//! counting over all calls would leave most of them out and be green for a bad writer too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::tool;

/// The n-th time the program's first thread makes a system call.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// The system call.
    pub(crate) call: String,
    /// Counted from 1.
    pub(crate) nth: usize,
}

/// What a sweep found.
#[derive(Debug)]
pub(crate) struct Sweep {
    /// How many points were tried.
    pub(crate) points: usize,
    /// At how many of them the program really was killed.
    pub(crate) killed: usize,
    /// What was not as it should be afterwards.
    pub(crate) unsound: Vec<String>,
}

/// A program to sweep over, and how to start it anew.
pub(crate) struct Victim<'a> {
    /// The program and its arguments.
    pub(crate) line: Vec<String>,
    /// All of its environment.
    pub(crate) env: Vec<(String, String)>,
    /// Its standard input.
    pub(crate) input: &'a Path,
    /// The sweep begins at the first call whose arguments contain this.
    pub(crate) from: &'a str,
}

/// Calls at which nothing can be lost: the end of the process, and what strace itself needs.
const LEFT_OUT: [&str; 4] = ["exit_group", "execve", "rt_sigreturn", "exit"];

/// Calls that change nothing outside of the process, or only what its end changes, too, as closing a file does. A kill
/// there leaves what a kill at the next other call of this thread leaves; how far other threads have come differs, so
/// the nightly run kills there, too: `AZ_IMAGESHARE_TEST_CALLS=every`.
const TRACELESS: [&str; 36] = [
    "access",
    "arch_prctl",
    "brk",
    "close",
    "epoll_create1",
    "epoll_ctl",
    "eventfd2",
    "fcntl",
    "fstat",
    "getcwd",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getpeername",
    "getpid",
    "getppid",
    "getrandom",
    "getsockname",
    "getsockopt",
    "getuid",
    "lseek",
    "madvise",
    "mmap",
    "mprotect",
    "munmap",
    "newfstatat",
    "pread64",
    "prlimit64",
    "read",
    "rt_sigaction",
    "rt_sigprocmask",
    "setsockopt",
    "sigaltstack",
    "statfs",
    "statx",
];

impl Victim<'_> {
    /// Runs `prepare`, the program up to the point, then `check`, for every point.
    pub(crate) fn sweep(
        &self,
        prepare: impl Fn(),
        check: impl Fn() -> Result<(), String>,
    ) -> Sweep {
        self.sweep_at(|_| true, prepare, check)
    }

    /// The same at the points that `chosen` picks.
    pub(crate) fn sweep_at(
        &self,
        chosen: impl Fn(&Point) -> bool,
        prepare: impl Fn(),
        check: impl Fn() -> Result<(), String>,
    ) -> Sweep {
        let folder = tempfile::tempdir().unwrap();
        let trace = folder.path().join("trace");
        prepare();
        let clean = self.strace(&["-o", trace.to_str().unwrap()]).status().unwrap();
        assert!(clean.success(), "the run without a kill failed: {:?}", self.line);
        let mut points = self.points(&std::fs::read_to_string(trace).unwrap());
        points.retain(chosen);
        let mut sweep = Sweep { points: points.len(), killed: 0, unsound: Vec::new() };
        for point in points {
            prepare();
            let inject = format!("inject={}:signal=SIGKILL:when={}", point.call, point.nth);
            let ended = self.strace(&["-o", "/dev/null", "-e", &inject]).status().unwrap();
            sweep.killed += usize::from(!ended.success());
            if let Err(problem) = check() {
                sweep.unsound.push(format!("{point:?}: {problem}"));
            }
        }
        sweep
    }

    fn strace(&self, options: &[&str]) -> Command {
        let mut command = Command::new(tool("strace"));
        command.args(["-f", "-qq", "-a", "1"]).args(options).args(&self.line);
        command.env_clear().envs(self.env.iter().cloned());
        command.stdin(std::fs::File::open(self.input).unwrap());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn points(&self, trace: &str) -> Vec<Point> {
        let main = trace.split_whitespace().next().unwrap_or_default();
        let every = std::env::var("AZ_IMAGESHARE_TEST_CALLS").as_deref() == Ok("every");
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut begun = false;
        let mut points = Vec::new();
        for line in trace.lines() {
            let Some((pid, rest)) = line.split_once(' ') else {
                continue;
            };
            let Some((call, arguments)) = rest.trim_start().split_once('(') else {
                continue;
            };
            if pid != main || !call.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                continue;
            }
            let nth = counts.entry(call).and_modify(|count| *count += 1).or_insert(1);
            begun |= arguments.contains(self.from);
            if begun && !LEFT_OUT.contains(&call) && (every || !TRACELESS.contains(&call)) {
                points.push(Point { call: call.to_owned(), nth: *nth });
            }
        }
        points
    }
}

/// A shell that writes a file in place, in two parts: what must fail the sweep.
fn writer(script: &str, folder: &Path) -> Victim<'static> {
    let file = folder.join("data");
    Victim {
        line: vec!["/bin/sh".into(), "-c".into(), script.replace("FILE", file.to_str().unwrap())],
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        input: Path::new("/dev/null"),
        from: "data",
    }
}

fn swept(script: &str) -> Sweep {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("data");
    writer(script, folder.path()).sweep(
        || std::fs::write(&file, "old old").unwrap(),
        || match std::fs::read_to_string(&file).unwrap().as_str() {
            "old old" | "new new" => Ok(()),
            other => Err(format!("{other:?}")),
        },
    )
}

#[test]
fn a_truncating_writer_fails_the_sweep() {
    let sweep = swept("exec >FILE; printf 'new '; printf new");
    assert!(!sweep.unsound.is_empty() && sweep.killed > 0, "{sweep:?}");
}

#[test]
fn an_atomic_writer_passes_it() {
    let sweep = swept("exec >FILE.tmp; printf 'new '; printf new; exec mv FILE.tmp FILE");
    assert!(sweep.unsound.is_empty() && sweep.killed > 4, "{sweep:?}");
}
