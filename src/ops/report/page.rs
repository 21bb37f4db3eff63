//! The report as one page that asks no one for anything: style, script and picture are in it, and its policy lets
//! the browser load nothing and run only the script that was put there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::findings::all_findings;
use super::markup::escaped;
use super::model::{AccessReport, EVERYONE, METHODS, method};
use super::picture;
use crate::ops::share::access::Access;

const STYLE: &str = include_str!("page/report.css");
const SCRIPT: &str = include_str!("page/report.js");

/// What the page says of who made it.
pub(super) const GENERATOR: &str = "<meta name=\"generator\" content=\"az-imageshare\">";

/// Writes the page.
pub(super) fn report_page(report: &AccessReport) -> String {
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        source_of(STYLE),
        source_of(SCRIPT)
    );
    let outside = report.rows.iter().filter(|row| report.outsider(row).is_some()).count();
    let picture = picture::draw(report);
    let picture = picture
        .unwrap_or_else(|| "<p>No tenant but the owners has access to any gallery.</p>".to_owned());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{GENERATOR}\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>Access to Azure compute galleries</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Access to Azure compute galleries</h1>\n<p>Made on {} in {} by az-imageshare. {}, {}, {} of them from outside.</p>\n</header>\n<main>\n{}{}<section id=\"picture\">\n<h2>Who has which gallery</h2>\n{}{picture}\n</section>\n{}</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&report.made_at),
        escaped(&report.cloud),
        counted(report.galleries.len(), "gallery", "galleries"),
        counted(report.rows.len(), "permission", "permissions"),
        outside,
        findings(report),
        endings(report),
        legend(),
        table(report),
    )
}

/// What a policy names a piece of the page by: its hash.
fn source_of(piece: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(piece.as_bytes())))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn findings(report: &AccessReport) -> String {
    let found = all_findings(report);
    let count = found.len();
    let mut text = format!("<section id=\"findings\">\n<h2>Findings ({count})</h2>\n");
    if count == 0 {
        text.push_str("<p>Nothing wants a second look.</p>\n");
    } else {
        text.push_str("<ul>\n");
    }
    for finding in &found {
        let next = finding.next.as_deref().map(|next| format!(" <code>{}</code>", escaped(next)));
        let _ = writeln!(
            text,
            "<li class=\"{}\"><strong>{}</strong> <bdi>{}</bdi>{}</li>",
            finding.kind.class(),
            finding.kind.title(),
            escaped(&finding.text),
            next.unwrap_or_default()
        );
    }
    if count > 0 {
        text.push_str("</ul>\n");
    }
    text + "</section>\n"
}

fn endings(report: &AccessReport) -> String {
    let mut ending: Vec<&Access> =
        report.rows.iter().filter(|row| row.expires_on.is_some()).collect();
    ending.sort_by_key(|row| row.expires_on.clone());
    let mut text = "<section id=\"endings\">\n<h2>What ends when</h2>\n".to_owned();
    if ending.is_empty() {
        text.push_str("<p>No permission has a last day.</p>\n");
    } else {
        text.push_str("<ol>\n");
    }
    for row in &ending {
        let day = row.expires_on.as_deref().unwrap_or_default();
        let is_over = day.parse().is_ok_and(|day: jiff::civil::Date| day < report.today);
        let _ = writeln!(
            text,
            "<li{}><time>{}</time> <bdi>{}</bdi>, {} at <bdi>{}</bdi></li>",
            if is_over { " class=\"medium\"" } else { "" },
            escaped(day),
            escaped(row.principal_name.as_deref().unwrap_or(&row.principal_id)),
            escaped(row.role.as_deref().unwrap_or(method(row.via))),
            escaped(&report.place(row))
        );
    }
    if !ending.is_empty() {
        text.push_str("</ol>\n");
    }
    text + "</section>\n"
}

fn legend() -> String {
    let entry = |(via, shown): &(&str, &str)| {
        format!(
            "<button type=\"button\" class=\"key {via}\" aria-pressed=\"false\" data-field=\"via\" data-value=\"{via}\">{shown}</button>"
        )
    };
    format!("<p class=\"legend\">{}</p>\n", METHODS.iter().map(entry).collect::<Vec<_>>().join(" "))
}

fn table(report: &AccessReport) -> String {
    let mut tenants: BTreeMap<String, &str> = BTreeMap::new();
    for row in &report.rows {
        if let Some(id) = report.outsider(row).or(row.tenant_id.as_deref()) {
            let name = if id == EVERYONE { EVERYONE } else { report.tenant(id) };
            tenants.insert(id.to_lowercase(), name);
        }
    }
    let option = |value: &str, shown: &str| {
        format!("<option value=\"{}\">{}</option>", escaped(value), escaped(shown))
    };
    let tenants: String = tenants.iter().map(|(id, name)| option(id, name)).collect();
    let methods: String = METHODS.iter().map(|(via, shown)| option(via, shown)).collect();
    let rows: String = report.rows.iter().map(|row| table_row(report, row)).collect();
    let heads: String = HEADS.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    format!(
        "<section id=\"access\">\n<h2>All permissions</h2>\n<form id=\"filter\" role=\"search\">\n<label>Text <input id=\"text\" type=\"search\" autocomplete=\"off\"></label>\n<label>Method <select id=\"via\"><option value=\"\">all</option>{methods}</select></label>\n<label>Tenant <select id=\"tenant\"><option value=\"\">all</option>{tenants}</select></label>\n<button type=\"reset\" id=\"clear\">Show all</button>\n<output id=\"count\" aria-live=\"polite\"></output>\n</form>\n<table>\n<thead><tr>{heads}</tr></thead>\n<tbody id=\"rows\">\n{rows}</tbody>\n</table>\n</section>\n"
    )
}

const HEADS: [&str; 7] = ["Publisher", "Where", "Method", "Who", "Role", "Tenant", "Last day"];

fn table_row(report: &AccessReport, row: &Access) -> String {
    let galleries: Vec<String> =
        report.galleries_of(row).iter().map(|place| format!("g{place}")).collect();
    let outsider = report.outsider(row).or(row.tenant_id.as_deref()).unwrap_or_default();
    let tenant = match outsider {
        EVERYONE => EVERYONE,
        id => report.tenant(id),
    };
    let state = row.state.map_or_else(String::new, |state| format!(" ({state})"));
    let who = row.principal_name.as_deref().unwrap_or(&row.principal_id);
    let publisher = row.publisher_tenant_id.as_deref().unwrap_or_default();
    let cells = [
        (report.tenant(publisher).to_owned(), publisher.to_owned()),
        (report.place(row), row.scope.clone().into()),
        (method(row.via).to_owned(), String::new()),
        (format!("{who}{state}"), row.principal_id.clone().into()),
        (row.role.clone().unwrap_or_default(), String::new()),
        (tenant.to_owned(), outsider.to_owned()),
        (row.expires_on.clone().unwrap_or_default(), String::new()),
    ];
    let cell = |(head, (shown, whole)): (&&str, &(String, String))| {
        format!(
            "<td data-head=\"{head}\" title=\"{}\"><bdi>{}</bdi></td>",
            escaped(whole),
            escaped(shown)
        )
    };
    let cells: String = HEADS.iter().zip(&cells).map(cell).collect();
    format!(
        "<tr data-via=\"{}\" data-tenant=\"{}\" data-gallery=\"{}\">{cells}</tr>\n",
        row.via,
        escaped(&outsider.to_lowercase()),
        galleries.join(" ")
    )
}
