//! What each command does: domain types in, domain types out; reading apart from writing.
