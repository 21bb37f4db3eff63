//! `az imageshare`: the extension in the real `az`, against the sandbox.

mod exec;
mod files;
mod fleet;
mod frame;
mod install;
mod login;
mod oldest;
mod process;
mod protocol;
mod tenants;
