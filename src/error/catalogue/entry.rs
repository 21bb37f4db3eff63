//! One entry of the catalogue, and how a file writes many of them.

/// One known error.
#[derive(Clone, Copy, Debug)]
pub struct KnownError {
    /// Azure's code, or a name of this program where there is only a text.
    pub code: &'static str,
    /// What it is, in a few words: also the message of an error of this program.
    pub title: &'static str,
    /// Why Azure says it.
    pub cause: &'static str,
    /// What to do; the first is the hint.
    pub fixes: &'static [&'static str],
    /// Where more is written.
    pub links: &'static [&'static str],
    /// The message's words; `{name}` stands for any text. Any one of them is enough.
    pub texts: &'static [&'static str],
}

/// Writes entries without repeating the names of their members.
macro_rules! entries {
    ($($(#[$doc:meta])* $code:literal $title:literal
        cause $cause:literal
        fix $($fix:literal)+
        $(link $($link:literal)+)?
        $(text $($text:literal)+)?
    ;)+) => {
        pub(super) static ENTRIES: &[super::entry::KnownError] = &[$(super::entry::KnownError {
            code: $code,
            title: $title,
            cause: $cause,
            fixes: &[$($fix),+],
            links: &[$($($link),+)?],
            texts: &[$($($text),+)?],
        }),+];
    };
}
pub(super) use entries;

impl KnownError {
    /// What to do first.
    pub fn hint(&self) -> &'static str {
        self.fixes[0]
    }

    /// True for a wrapper without a meaning of its own: the reason is inside, or in the words.
    pub fn is_wrapper(&self) -> bool {
        WRAPPERS.contains(&self.code)
    }
}

const WRAPPERS: [&str; 8] = [
    "BadRequest",
    "Conflict",
    "DeploymentFailed",
    "Forbidden",
    "InternalServerError",
    "InvalidTemplateDeployment",
    "NotFound",
    "ResourceDeploymentFailure",
];
