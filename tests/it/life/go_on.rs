//! The command to go on with, after something broke: it can be pasted, keeps who signs in, and finishes the job.

use sandbox::{Fault, world};

use super::digest::{digest, unlikeness};
use super::dry_run::writes;
use super::rows::{ROWS, Row, run};
use crate::examples::{call, for_each};
use crate::support::lab::Lab;

/// Keeps the publisher's credential as `it's me`, and signs in as somebody who may only read by the environment.
fn as_somebody(lab: Lab) -> Lab {
    let add = ["credential", "add", "--no-test", "-n", CREDENTIAL, "--secret-stdin"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    let lab = lab.env("AZ_IMAGESHARE_HISTORY", "off");
    lab.run_with_input(&[&add[..], &who].concat(), world::DEPLOYER_SECRET).json();
    lab.env("AZ_IMAGESHARE_HISTORY", "on").signed_in(
        world::PUBLISHER_TENANT,
        world::READER_CLIENT,
        world::READER_SECRET,
    )
}

const CREDENTIAL: &str = "publisher-1";

/// The first write of an undisturbed run.
fn first_write(row: &Row) -> Option<(String, String)> {
    let lab = row.lab();
    row.run(&lab, &["--yes"]);
    let sent = writes(&lab).into_iter().next()?;
    let (method, path) = sent.split_once(' ')?;
    // The name at its end may be one that each cloud invents.
    let (parent, _) = path.rsplit_once('/')?;
    Some((method.to_owned(), parent.to_owned()))
}

fn complaint(row: &Row) -> Option<String> {
    let undisturbed = row.lab();
    row.run(&undisturbed, &["--yes"]);
    let wanted = digest(&undisturbed.azure);
    let Some((method, path)) = first_write(row) else {
        return Some("it wrote nothing".to_owned());
    };
    let lab = as_somebody(row.lab());
    lab.azure.inject(Fault::status(403).method(&method).path(&path).always());
    let broken = row.run(&lab, &["--yes", "--credential", CREDENTIAL]);
    lab.azure.clear_faults();
    let hint = broken.stderr.split_once("go on with `").map(|(_, rest)| rest);
    let (Some(line), false) = (hint.and_then(|rest| rest.split('`').next()), broken.code == 0)
    else {
        return Some(format!("no command to go on with: {broken:?}"));
    };
    let pasted = match call(line, lab.variables()) {
        Ok(pasted) => pasted.args,
        Err(err) => return Some(format!("{line}: {err}")),
    };
    if !pasted.windows(2).any(|pair| pair == ["--credential", CREDENTIAL]) {
        return Some(format!("it would run as somebody else: {line}"));
    }
    let ran = run(&lab, &pasted);
    let told = unlikeness(&wanted, &digest(&lab.azure));
    (![0, 7].contains(&ran.code) || !told.is_empty()).then(|| format!("{line}\n{told}\n{ran:?}"))
}

#[test]
fn after_a_refusal_keeps_the_credential_and_finishes() {
    for_each(ROWS, 2, Row::name, complaint);
}
