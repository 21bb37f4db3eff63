//! The command to go on with, after something broke: it can be pasted, keeps who signs in, and finishes the job.

use std::collections::BTreeSet;

use az_imageshare::secrets::StoreError;
use sandbox::{Fault, world};

use super::digest::{digest, unlikeness};
use super::dry_run::{records, writes};
use super::rows::{ROWS, Row, Who};
use crate::examples::{call, for_each};
use crate::support::lab::{Lab, Ran};

/// Keeps the row's identity as a credential, and signs in as somebody who may only read by the environment.
fn as_somebody(lab: Lab, who: Who) -> Lab {
    let (tenant, client, secret) = match who {
        Who::Consumer => (world::CONSUMER_TENANT, world::CONSUMER_CLIENT, world::CONSUMER_SECRET),
        _ => (world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET),
    };
    let add = ["credential", "add", "--no-test", "-n", CREDENTIAL, "--secret-stdin"];
    let who = ["--tenant", tenant, "--client-id", client];
    let lab = lab.env("AZ_IMAGESHARE_HISTORY", "off");
    lab.run_with_input(&[&add[..], &who].concat(), secret).json();
    lab.env("AZ_IMAGESHARE_HISTORY", "on").signed_in(
        world::PUBLISHER_TENANT,
        world::READER_CLIENT,
        world::READER_SECRET,
    )
}

const CREDENTIAL: &str = "somebody-1";

/// What stands in the cloud: the credential is only one of the two worlds'.
fn cloud(lab: &Lab) -> BTreeSet<String> {
    let mut lines = digest(lab);
    lines.retain(|line| !line.starts_with("credential ") && !line.starts_with("keyring "));
    lines
}

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

/// The command in a failure's hint.
fn command_to_go_on(broken: &Ran) -> Option<&str> {
    let (_, rest) = broken.stderr.split_once("go on with `")?;
    rest.split('`').next()
}

/// What writes on this computer alone is broken by its keyring, which is locked for a while. Nobody signs in but the
/// person in the browser, so there is no identity to keep.
fn complaint_of_computer(row: &Row) -> Option<String> {
    let undisturbed = row.lab();
    row.run(&undisturbed, &["--yes"]);
    let wanted = digest(&undisturbed);
    let lab = row.lab();
    let (before, recorded) = (digest(&lab), records(&lab));
    *lab.store.broken.lock().unwrap() = Some(StoreError::Locked);
    let broken = row.run(&lab, &["--yes"]);
    *lab.store.broken.lock().unwrap() = None;
    let needs_keyring = !WITHOUT_KEYRING.contains(&row.verb);
    if needs_keyring == (broken.code == 0) {
        return Some(format!("with a locked keyring: {broken:?}"));
    }
    if broken.code == 0 {
        return None;
    }
    let line = match command_to_go_on(&broken) {
        Some(line) => match call(line, lab.variables()) {
            Ok(pasted) => pasted.args,
            Err(err) => return Some(format!("{line}: {err}")),
        },
        // Refused before the first write: the same command it is.
        None if records(&lab) == recorded && digest(&lab) == before => row.line(&lab, &["--yes"]),
        None => return Some(format!("no command to go on with: {broken:?}")),
    };
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let ran = lab.run_with_input(&line, row.input);
    let told = unlikeness(&wanted, &digest(&lab));
    (![0, 7].contains(&ran.code) || !told.is_empty())
        .then(|| format!("{line:?}\n{told}\n{broken:?}\n{ran:?}"))
}

/// They write one file, whole or not at all: there is nothing to break between.
const WITHOUT_KEYRING: &[&str] = &["credential update", "credential use"];

fn complaint(row: &Row) -> Option<String> {
    if row.who.is_of_computer() && row.verb != "credential renew" {
        return complaint_of_computer(row);
    }
    let undisturbed = row.lab();
    row.run(&undisturbed, &["--yes"]);
    let wanted = cloud(&undisturbed);
    let Some((method, path)) = first_write(row) else {
        return Some("it wrote nothing".to_owned());
    };
    let lab = as_somebody(row.lab(), row.who);
    lab.azure.inject(Fault::status(403).method(&method).path(&path).always());
    let broken = row.run(&lab, &["--yes", "--credential", CREDENTIAL]);
    lab.azure.clear_faults();
    let (Some(line), false) = (command_to_go_on(&broken), broken.code == 0) else {
        return Some(format!("no command to go on with: {broken:?}"));
    };
    let pasted = match call(line, lab.variables()) {
        Ok(pasted) => pasted.args,
        Err(err) => return Some(format!("{line}: {err}")),
    };
    if !pasted.windows(2).any(|pair| pair == ["--credential", CREDENTIAL]) {
        return Some(format!("it would run as somebody else: {line}"));
    }
    let pasted: Vec<&str> = pasted.iter().map(String::as_str).collect();
    let ran = lab.run_with_input(&pasted, row.input);
    let told = unlikeness(&wanted, &cloud(&lab));
    (![0, 7].contains(&ran.code) || !told.is_empty()).then(|| format!("{line}\n{told}\n{ran:?}"))
}

#[test]
fn after_a_refusal_keeps_the_credential_and_finishes() {
    for_each(ROWS, 2, Row::name, complaint);
}
