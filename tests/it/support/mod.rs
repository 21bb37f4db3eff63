//! What tests share: the built program, a keyring of their own, the real `az`, the source.

pub(crate) mod source;
