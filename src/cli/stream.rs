//! Writing to the streams that people and programs read.

use std::io::ErrorKind;

use crate::error::{Error, Kind, Result};
use crate::process::Sink;

/// Writes the answer. A reader that has gone away (`| head`) wanted no more: that is not a failure.
pub(crate) fn write_out(sink: &Sink, text: &str) -> Result<()> {
    let broken =
        |err: std::io::Error| Error::new(Kind::Failure, format!("cannot write the answer: {err}"));
    let mut sink = sink.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match sink.write_all(text.as_bytes()).and_then(|()| sink.flush()) {
        Err(err) if err.kind() != ErrorKind::BrokenPipe => Err(broken(err)),
        _ => Ok(()),
    }
}

/// Writes what no one needs to hear of if it cannot be written.
pub(crate) fn write_quietly(sink: &Sink, text: &str) {
    if let Ok(mut sink) = sink.lock() {
        let _ = sink.write_all(text.as_bytes());
        let _ = sink.flush();
    }
}
