//! `builder`: the rights that VM Image Builder's identity needs.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod check;
mod remove;
mod scenario;
mod setup;
mod template;

/// Give VM Image Builder the rights it needs, prove them, take them back
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Setup(Box<setup::SetupArgs>),
    Check(Box<check::CheckArgs>),
    Remove(remove::RemoveArgs),
    Template(Box<template::TemplateArgs>),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Setup(args) => setup::run(*args, app),
            Command::Check(args) => check::run(*args, app),
            Command::Remove(args) => remove::run(args, app),
            Command::Template(args) => template::run(*args, app),
        }
    }
}
