//! What in a report wants a second look.

use jiff::civil::Date;

use super::model::AccessReport;
use crate::id::ResourceId;
use crate::ops::estate::delegations::NOT_ASSIGNED;
use crate::ops::share::access::Access;

/// One thing to look at, the gravest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AccessFinding {
    pub kind: FindingKind,
    pub text: String,
    /// The command that mends it, if there is one.
    pub next: Option<String>,
}

/// What sort of finding it is; the order is the order of gravity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FindingKind {
    NotRead,
    Everyone,
    Owner,
    Expired,
    Orphan,
    NeverCame,
    NotAssigned,
}

impl FindingKind {
    pub(super) fn title(self) -> &'static str {
        match self {
            FindingKind::NotRead => "Not complete",
            FindingKind::Everyone => "Open to everyone",
            FindingKind::Owner => "Outsider who may assign roles",
            FindingKind::Expired => "Past its last day",
            FindingKind::Orphan => "Principal deleted",
            FindingKind::NeverCame => "Invitation not redeemed",
            FindingKind::NotAssigned => "Offer not assigned",
        }
    }

    /// The word for its color.
    pub(super) fn class(self) -> &'static str {
        match self {
            FindingKind::NotRead | FindingKind::Everyone | FindingKind::Owner => "high",
            FindingKind::Expired => "medium",
            _ => "low",
        }
    }
}

/// All of them, the gravest first.
pub(crate) fn all_findings(report: &AccessReport) -> Vec<AccessFinding> {
    let mut found: Vec<AccessFinding> =
        report.rows.iter().flat_map(|row| of_row(report, row)).collect();
    let unread = |line: String| AccessFinding {
        kind: FindingKind::NotRead,
        text: line,
        next: Some("az-imageshare credential test --all".to_owned()),
    };
    found.extend(report.gaps.lines().into_iter().map(unread));
    for offer in &report.offers {
        if offer.provisioning_state.as_deref() == Some(NOT_ASSIGNED) {
            let tenant = report.tenant(&offer.consumer_tenant_id);
            let text = format!(
                "Offer '{}' to {tenant} is assigned nowhere and gives no access.",
                offer.name
            );
            let next = format!(
                "az-imageshare delegation delete -n {} --subscription {}",
                offer.definition_id, offer.subscription_id
            );
            found.push(AccessFinding { kind: FindingKind::NotAssigned, text, next: Some(next) });
        }
    }
    found.sort();
    found.dedup();
    found
}

fn of_row(report: &AccessReport, row: &Access) -> Vec<AccessFinding> {
    let who = who(report, row);
    let place = report.place(row);
    let role = row.role.as_deref().unwrap_or("access");
    let mut found = Vec::new();
    let mut add = |kind, text, next| found.push(AccessFinding { kind, text, next });
    if row.via == "community" {
        let text =
            format!("Gallery '{place}' is open to everyone in Azure as '{}'.", row.principal_id);
        let next = format!("az-imageshare share community disable --gallery-id {}", row.scope);
        add(FindingKind::Everyone, text, Some(next));
    }
    let gives_rights = OWNERS.contains(&role) && row.via == "rbac";
    if gives_rights && report.outsider(row).is_some() {
        add(FindingKind::Owner, format!("{who} has the role {role} at {place}."), removal(row));
    }
    let last = row.expires_on.as_ref().and_then(|day| day.parse::<Date>().ok());
    if let Some(last) = last.filter(|last| *last < report.today) {
        let text = format!("{who} still has {role} at {place}, which was to end on {last}.");
        add(FindingKind::Expired, text, Some("az-imageshare share prune".to_owned()));
    }
    match row.state {
        Some("orphaned") => {
            let text = format!(
                "{role} at {place} belongs to {}, which does not exist anymore.",
                row.principal_id
            );
            add(FindingKind::Orphan, text, removal(row));
        }
        Some("invited") => {
            let text = format!("{who} has {role} at {place} and never redeemed the invitation.");
            add(FindingKind::NeverCame, text, removal(row));
        }
        _ => {}
    }
    found
}

/// Roles that give roles.
const OWNERS: [&str; 3] =
    ["Owner", "User Access Administrator", "Role Based Access Control Administrator"];

/// The command that removes a role on a gallery or a part of it.
fn removal(row: &Access) -> Option<String> {
    let id: ResourceId = row.scope.parse().ok().filter(|_| row.via == "rbac")?;
    let mut gallery = id.clone();
    gallery.segments.truncate(1);
    if !gallery.is("Microsoft.Compute/galleries") {
        return None;
    }
    let part = ["images", "versions"].iter().zip(["--image-definition", "--image-version"]);
    let part = part.filter_map(|(kind, flag)| Some(format!(" {flag} {}", id.name_of(kind)?)));
    let part: String = part.collect();
    Some(format!(
        "az-imageshare share rbac remove --gallery-id {gallery}{part} --assignee-object-id {}",
        row.principal_id
    ))
}

fn who(report: &AccessReport, row: &Access) -> String {
    let name = row.principal_name.as_deref().unwrap_or(&row.principal_id);
    match row.tenant_id.as_deref() {
        Some(tenant) => format!("'{name}' of {}", report.tenant(tenant)),
        None => format!("'{name}'"),
    }
}
