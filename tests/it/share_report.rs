//! `share report`: a page that a browser opens without asking anybody, a table, a graph.

use sandbox::{Person, world};
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::galleries::{
    GUEST, IMAGE_READER, admit_foreigners, gallery, opened, shareable,
};
use crate::support::lab::Lab;
use crate::support::offers::{IMAGES, Standing, stand};

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const EVIL: &str = "<script>document.title='owned'";
const WORSE: &str =
    "</script></title><script>document.title='owned'</script><img src=x onerror=alert(1)>";

/// A world with something of every kind, and names that mean no good.
fn shared_world() -> Lab {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    opened(&lab, &gallery("open"), &[]);
    admit_foreigners(&lab.azure);
    stand(&lab.azure, &IMAGES);
    stand(&lab.azure, &Standing { name: "nobody's", groups: &[], ..IMAGES });
    lab.azure.state(|state| {
        let evil = gallery(EVIL);
        state.put_resource(
            &evil,
            "Microsoft.Compute/galleries",
            json!({"location": "westeurope",
            "properties": {"provisioningState": "Succeeded"}}),
        );
        state.assign_role(&evil, IMAGE_READER, GUEST);
        state.assign_role(&id, OWNER, GUEST);
        state.assign_role(&id, IMAGE_READER, "0d4fbb22-98e0-4396-9607-c918da84aaaa");
        state.assign_role(&id, IMAGE_READER, world::READER_OBJECT);
        let last = state.role_assignments.last_mut().unwrap();
        last.description = Some("az-imageshare expires=2026-01-31".into());
        let reader =
            state.principals.iter_mut().find(|one| one.id == world::READER_OBJECT).unwrap();
        reader.name = WORSE.to_owned();
        let found = state.resources.get_mut(&id.to_lowercase()).unwrap();
        found.body["properties"]["sharingProfile"]["groups"] =
            json!([{"type": "AADTenants", "ids": [world::CONSUMER_TENANT, world::THIRD_TENANT]}]);
    });
    lab
}

fn report(lab: &Lab, name: &str) -> (String, Value) {
    let path = lab.home.path().join(name).display().to_string();
    let made = lab.run(&["share", "report", "--output-file", &path]).json();
    (path, made)
}

fn rows(browser: &mut Browser) -> i64 {
    browser.evaluate("document.querySelectorAll('#rows tr:not([hidden])').length").as_i64().unwrap()
}

#[test]
fn the_page_is_opened_filtered_and_clicked_in_a_browser() {
    let lab = shared_world();
    let (path, made) = report(&lab, "access.html");
    let mut browser = Browser::start();
    browser.watch();
    browser.open(&format!("file://{path}"));
    assert_eq!(browser.evaluate("document.title"), "Access to Azure compute galleries");
    assert_eq!(
        browser.evaluate("document.images.length + document.querySelectorAll('script').length"),
        1
    );
    let text = browser.text();
    assert!(text.contains(EVIL) && text.contains(WORSE), "names are text: {text}");
    let all = rows(&mut browser);
    assert_eq!(made["permissions"], all);
    browser.evaluate("of=document.getElementById('via'); of.value='direct'; of.dispatchEvent(new Event('change'))");
    assert_eq!(rows(&mut browser), 2);
    browser.evaluate("of.form.reset()");
    browser.evaluate("text=document.getElementById('text'); text.value='tailspin'; text.dispatchEvent(new Event('input'))");
    assert_eq!(rows(&mut browser), 1);
    assert_eq!(
        browser.evaluate("document.getElementById('count').textContent"),
        format!("1 of {all} permissions")
    );
    browser.evaluate("text.value=''; text.dispatchEvent(new Event('input'))");
    let node = format!("document.querySelector('[data-value=\"{}\"]')", world::CONSUMER_TENANT);
    browser.evaluate(&format!("{node}.dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"));
    assert!((1..all).contains(&rows(&mut browser)));
    assert_eq!(browser.evaluate(&format!("{node}.getAttribute('aria-pressed')")), "true");
    assert_eq!(
        browser.evaluate("document.title"),
        "Access to Azure compute galleries",
        "no name ran"
    );
    for event in ["Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"] {
        assert_eq!(browser.events(event), Vec::<Value>::new());
    }
    let loaded: Vec<Value> = browser
        .events("Network.requestWillBeSent")
        .into_iter()
        .map(|one| one["params"]["request"]["url"].clone())
        .collect();
    assert_eq!(loaded.len(), 1, "only the page itself: {loaded:?}");
}

#[test]
fn the_page_is_read_narrow_dark_and_by_keyboard() {
    let lab = shared_world();
    let (path, _) = report(&lab, "access.html");
    let mut browser = Browser::start();
    browser.watch();
    for is_dark in [false, true] {
        browser.show(400, is_dark);
        browser.open(&format!("file://{path}"));
        let fits = "document.documentElement.scrollWidth <= window.innerWidth && window.innerWidth === 400";
        assert_eq!(browser.evaluate(fits), true);
        for (what, least) in
            [("body", 7.0), ("li.high strong", 4.5), ("td", 7.0), ("button", 4.5), (".link", 3.0)]
        {
            let contrast = browser.evaluate(&CONTRAST.replace("WHAT", what));
            assert!(contrast.as_f64().unwrap() >= least, "{what}, dark {is_dark}: {contrast}");
        }
        let size =
            browser.evaluate("parseFloat(getComputedStyle(document.querySelector('td')).fontSize)");
        assert!(size.as_f64().unwrap() >= 13.0, "{size}");
    }
    // By keys alone to the first gallery of the picture, and to the text.
    let all = rows(&mut browser);
    let focused = |browser: &mut Browser, what: &str| {
        for _ in 0..40 {
            browser.press("Tab");
            if browser.evaluate(&format!("document.activeElement.matches('{what}')")) == true {
                let outline =
                    browser.evaluate("getComputedStyle(document.activeElement).outlineStyle");
                assert_eq!(outline, "solid", "what has the focus is seen");
                return;
            }
        }
        panic!("no way to {what}");
    };
    focused(&mut browser, ".node.gallery");
    browser.press("Enter");
    assert!((1..all).contains(&rows(&mut browser)));
    browser.press(" ");
    assert_eq!(rows(&mut browser), all);
    focused(&mut browser, "#text");
    for key in ["t", "a", "i", "l"] {
        browser.press(key);
    }
    assert_eq!(rows(&mut browser), 1);
}

/// The contrast of a color with the paper behind it, as WCAG 2.2 computes it.
const CONTRAST: &str = "(() => {
  const node = document.querySelector('WHAT');
  const style = getComputedStyle(node);
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  let behind = node;
  while (behind.parentElement && parse(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const ink = light(parse(style.fill && node.tagName === 'path' ? style.stroke : style.color));
  const paper = light(parse(getComputedStyle(behind).backgroundColor));
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
})()";

#[test]
fn findings_name_what_wants_a_second_look() {
    let lab = shared_world();
    let (_, made) = report(&lab, "access.csv");
    let findings = made["findings"].to_string();
    for part in [
        "is open to everyone in Azure",
        "has the role Owner at partners",
        "which was to end on 2026-01-31",
        "which does not exist anymore",
        "'nobody's' to Fabrikam",
    ] {
        assert!(findings.contains(part), "no {part} in {findings}");
    }
    assert!(!findings.contains("never redeemed"), "{findings}");
}

#[test]
fn a_guest_who_never_came_and_a_credential_that_cannot_look_are_findings() {
    let lab = shared_world();
    lab.azure.state(|state| {
        let pending = Person { guest: true, pending: true, ..Person::default() };
        state.directory.people.insert(GUEST.to_owned(), pending);
    });
    let (_, made) = report(&lab, "access.csv");
    let findings = made["findings"].to_string();
    assert!(findings.contains("never redeemed the invitation"), "{findings}");
    let add = ["credential", "add", "--no-test", "-n", "gone", "--secret-stdin"];
    let who = ["--tenant", world::THIRD_TENANT, "--client-id", world::READER_CLIENT];
    lab.run_with_input(&[&add[..], &who].concat(), "wrong").json();
    let path = lab.home.path().join("access.html").display().to_string();
    let ran = lab.run(&["share", "report", "--output-file", &path]);
    assert_eq!(ran.code, 7, "{ran:?}");
    let page = std::fs::read_to_string(path).unwrap();
    assert!(page.contains("Not complete") && page.contains("gone"), "{page}");
}

#[test]
fn the_table_and_the_graph_hold_names_as_data() {
    let lab = shared_world();
    let (path, _) = report(&lab, "access.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("publisher,where,method"));
    assert!(text.contains("Direct share") && text.contains(EVIL), "{text}");
    assert!(text.contains(",subscription Contoso Images,"), "{text}");
    let (path, _) = report(&lab, "access.dot");
    let graph = std::fs::read_to_string(&path).unwrap();
    assert!(graph.starts_with("digraph access {") && graph.ends_with("}\n"), "{graph}");
    assert!(graph.contains("everyone in Azure") && graph.contains("Tailspin Toys"), "{graph}");
}

#[test]
fn a_file_that_is_no_report_stays() {
    let lab = Lab::publisher();
    let path = lab.file("notes.html", "mine");
    let ran = lab.run(&["share", "report", "--output-file", &path]);
    assert!(ran.refused(2).contains("is not a report"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    lab.run(&[
        "share",
        "report",
        "--output-file",
        &lab.home.path().join("access.txt").display().to_string(),
    ])
    .refused(2);
    assert_eq!(lab.azure.journal().len(), 0);
    let (path, _) = report(&lab, "access.html");
    report(&lab, "access.html");
    assert!(std::fs::read_to_string(path).unwrap().contains("az-imageshare"));
}
