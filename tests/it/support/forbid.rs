//! A program that the kernel refuses one system call, as the profile of a container does.

use std::process::Command;

/// Installs a seccomp filter that answers EPERM, and becomes the program. Source:
/// <https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html>
const FILTER: &str = r#"
import ctypes, os, struct, sys
call, argument = int(sys.argv[1]), int(sys.argv[2])
load = lambda at: struct.pack("HBBI", 0x20, 0, 0, at)
equal = lambda value, no: struct.pack("HBBI", 0x15, 0, no, value)
answer = lambda action: struct.pack("HBBI", 0x06, 0, 0, action)
named = [load(16), equal(argument, 1)] if argument >= 0 else []
lines = [load(0), equal(call, len(named) + 1), *named, answer(0x00050001), answer(0x7fff0000)]
code = ctypes.create_string_buffer(b"".join(lines))
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_void_p)]
program = Program(len(lines), ctypes.addressof(code))
kernel = ctypes.CDLL(None, use_errno=True)
assert kernel.prctl(38, 1, 0, 0, 0) == 0, "no new privileges"
assert kernel.prctl(22, 2, ctypes.byref(program), 0, 0) == 0, "the filter"
os.execv(sys.argv[3], sys.argv[3:])
"#;

/// The same run without a system call, or without it for a first argument.
pub(crate) fn forbidding(call: libc::c_long, first: Option<u32>, run: &Command) -> Command {
    let mut command = Command::new("/usr/bin/python3");
    let first = first.map_or(-1, i64::from);
    command.args(["-I", "-c", FILTER, &call.to_string(), &first.to_string()]);
    command.arg(run.get_program()).args(run.get_args()).env_clear();
    command.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = run.get_current_dir() {
        command.current_dir(folder);
    }
    command
}
