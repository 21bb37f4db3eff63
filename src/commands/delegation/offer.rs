//! The arguments that describe an offer, shared by `plan` and `create`.
