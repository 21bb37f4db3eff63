//! Windows: the command and all it starts end with us, as the port of the endpoint does.
//!
//! Source: <https://learn.microsoft.com/windows/win32/procthread/job-objects>.

use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

use tokio::process::Child;
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation,
    SetInformationJobObject,
};

/// A job that ends its processes when its handle is closed, or this process dies.
pub(crate) struct KillOnClose {
    _job: OwnedHandle,
}

impl KillOnClose {
    /// Takes a process into a new job; none if the system does not let us, as inside of some other jobs.
    #[allow(unsafe_code)]
    pub(crate) fn around(child: &Child) -> Option<KillOnClose> {
        let process = child.raw_handle()?;
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        let size = u32::try_from(size_of_val(&limits)).ok()?;
        // SAFETY: without name and attributes the call takes nothing; the handle it gives is ours alone. The
        // others get that handle, a live process of ours, and a structure of the kind and size they are told.
        unsafe {
            let job = CreateJobObjectW(std::ptr::null(), std::ptr::null());
            if job.is_null() {
                return None;
            }
            let job = OwnedHandle::from_raw_handle(job);
            let kind = JobObjectExtendedLimitInformation;
            let set = SetInformationJobObject(
                job.as_raw_handle(),
                kind,
                (&raw const limits).cast(),
                size,
            );
            let taken = set != 0 && AssignProcessToJobObject(job.as_raw_handle(), process) != 0;
            taken.then_some(KillOnClose { _job: job })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_is_in_a_job_ends_with_it() {
        let mut command = tokio::process::Command::new("cmd");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        // `wait` would close it, and the command would end by itself.
        let _input = child.stdin.take();
        let job = KillOnClose::around(&child).expect("a new job");
        assert!(child.try_wait().unwrap().is_none());
        drop(job);
        let ended = tokio::time::timeout(Duration::from_secs(20), child.wait()).await;
        assert!(ended.is_ok(), "it outlives its job");
    }
}
