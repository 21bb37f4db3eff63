//! Files of lines: where the whole ones end, and whether a process still writes them.

#[cfg(unix)]
use std::fs::TryLockError;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
#[cfg(unix)]
use std::time::Duration;

/// The place behind the last line feed, looked for from the end.
fn end_of_lines(file: &mut File) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut part = vec![0; TAIL];
    while end > 0 {
        let length = usize::try_from(end).unwrap_or(TAIL).min(TAIL);
        let begin = end - length as u64;
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut part[..length])?;
        if let Some(found) = part[..length].iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + found as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

/// The same file, without what is behind its last line feed, there.
pub(super) fn behind_whole_lines(mut file: File) -> io::Result<File> {
    let end = end_of_lines(&mut file)?;
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    Ok(file)
}

const TAIL: usize = 64 * 1024;

/// Shows others that this process writes the file. On a disk without locks a file is never taken for left.
#[cfg(unix)]
pub(super) fn mark_as_written(file: &File) {
    for _ in 0..MOST_TRIES {
        // One that only looks keeps the lock for a moment.
        let Err(TryLockError::WouldBlock) = file.try_lock() else {
            return;
        };
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(unix)]
const MOST_TRIES: u32 = 25;

/// Windows knows who has a file open for writing; a lock would keep readers from it.
#[cfg(not(unix))]
pub(super) fn mark_as_written(_: &File) {}

/// Opens a file for writing, unless another process still writes it.
#[cfg(unix)]
pub(super) fn open_if_left(path: &Path, mut options: OpenOptions) -> io::Result<Option<File>> {
    let file = options.read(true).write(true).open(path)?;
    Ok(file.try_lock().is_ok().then_some(file))
}

#[cfg(not(unix))]
pub(super) fn open_if_left(path: &Path, mut options: OpenOptions) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt;
    // <https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew>: FILE_SHARE_READ refuses the file
    // while another handle has it open for writing, with ERROR_SHARING_VIOLATION.
    const FILE_SHARE_READ: u32 = 1;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    match options.read(true).write(true).share_mode(FILE_SHARE_READ).open(path) {
        Err(err) if err.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        opened => opened.map(Some),
    }
}

/// True if another process still writes the file. On a disk without locks that is never known.
#[cfg(unix)]
pub(super) fn is_written(path: &Path, mut options: OpenOptions) -> bool {
    // Shared: two that look at the same time do not take each other for a writer.
    let looked = options.read(true).open(path).map(|file| file.try_lock_shared());
    matches!(looked, Ok(Err(TryLockError::WouldBlock)))
}

#[cfg(not(unix))]
pub(super) fn is_written(path: &Path, options: OpenOptions) -> bool {
    matches!(open_if_left(path, options), Ok(None))
}
