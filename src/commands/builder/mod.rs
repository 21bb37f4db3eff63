//! `builder`: the permissions that VM Image Builder's identity needs.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod check;
mod remove;
mod scenario;
mod setup;
mod template;

/// Grant, check and remove VM Image Builder's permissions
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Setup(Box<setup::BuilderSetupArgs>),
    Check(Box<check::BuilderCheckArgs>),
    Remove(remove::BuilderRemoveArgs),
    Template(Box<template::BuilderTemplateArgs>),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Setup(args) => setup::set_up_builder(*args, app),
            Command::Check(args) => check::check_builder(*args, app),
            Command::Remove(args) => remove::remove_builder(args, app),
            Command::Template(args) => template::write_image_template(*args, app),
        }
    }
}
