//! What the index finds, forgets and survives.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::id::TenantId;

const NOW: i64 = 20_000 * 86_400;
const TENANT: &str = "5f1e9c3a-8d2b-4a73-b5d0-6f1e9c3a1001";
const SUBSCRIPTION: &str = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2001";

fn learned(answer: &Value) -> Arc<NameCollector> {
    let learned = Arc::new(NameCollector::new("AzureCloud"));
    witness(&learned).saw(tenant(), "/x", answer);
    learned
}

fn witness(learned: &Arc<NameCollector>) -> ResponseObserver {
    ResponseObserver::new(learned, AnsweringService::ResourceManager)
}

fn tenant() -> Option<TenantId> {
    TENANT.parse().ok()
}

fn groups(names: &[&str]) -> Value {
    let group = |name: &&str| {
        json!({"id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"),
            "name": name, "location": "westeurope"})
    };
    json!({"value": names.iter().map(group).collect::<Vec<_>>()})
}

fn scope() -> IndexScope {
    IndexScope {
        cloud: "AzureCloud".to_owned(),
        tenants: vec![TENANT.to_owned()],
        subscription: None,
    }
}

fn found(index: &Index, scope: &IndexScope, kind: NameKind, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    index.find(scope, kind, prefix, &mut |name| {
        names.push(name.name.to_owned());
    });
    names
}

fn groups_in(home: &Path, now: i64, prefix: &str) -> Vec<String> {
    found(&Index::open(home, now), &scope(), NameKind::ResourceGroup, prefix)
}

#[test]
fn all_names_by_id_are_those_that_are_found_one_by_one() {
    let base = tempfile::tempdir().unwrap();
    let listed = json!({"value": [{"id": format!("/subscriptions/{SUBSCRIPTION}"),
        "subscriptionId": SUBSCRIPTION, "displayName": "Images", "tenantId": TENANT}]});
    let collected = learned(&listed);
    collected.resolved("contoso.example", tenant().unwrap());
    collected.save(base.path(), NOW);
    let index = Index::open(base.path(), NOW);
    let all = index.all_names("AzureCloud");
    assert_eq!(all.len(), 2, "{all:?}");
    for id in [TENANT, SUBSCRIPTION] {
        assert_eq!(all.get(id).cloned(), index.name_of("AzureCloud", id), "{id}");
    }
    assert!(index.all_names("AzureChinaCloud").is_empty());
}

#[test]
fn a_run_knows_its_names_by_id_whatever_came_first() {
    let listed = |names: [&str; 2]| {
        let one = |name: &&str| {
            json!({"id": format!("/subscriptions/{SUBSCRIPTION}"),
                "subscriptionId": SUBSCRIPTION, "displayName": name, "tenantId": TENANT})
        };
        json!({"value": names.iter().map(one).collect::<Vec<_>>()})
    };
    for names in [["Images", "Others"], ["Others", "Images"]] {
        let collected = learned(&listed(names));
        for domain in [names[0], names[1]] {
            collected.resolved(domain, tenant().unwrap());
        }
        let by = |id: &str| (collected.name_of(id), collected.domain_of(id));
        let known = || (by(&SUBSCRIPTION.to_uppercase()), by(&TENANT.to_uppercase()));
        let first = (Some("Images".to_owned()), None);
        assert_eq!(known(), (first, (None, Some("images".to_owned()))));
        let before = known();
        witness(&collected).gone("/subscriptions/other/resourceGroups/g");
        assert_eq!(known(), before);
        witness(&collected).gone(&format!("/tenants/{TENANT}"));
        assert_eq!(by(TENANT), (None, None));
    }
}

#[test]
fn names_are_found_by_prefix_in_any_case_and_as_azure_writes_them() {
    let base = tempfile::tempdir().unwrap();
    learned(&groups(&["Images-RG", "images-b", "other", "Übung"])).save(base.path(), NOW);
    assert_eq!(groups_in(base.path(), NOW, "IMA"), ["images-b", "Images-RG"]);
    assert_eq!(groups_in(base.path(), NOW, "üb"), ["Übung"]);
    assert_eq!(groups_in(base.path(), NOW, "").len(), 4);
    assert_eq!(groups_in(base.path(), NOW, "images-c"), [""; 0]);
    let index = Index::open(base.path(), NOW);
    assert_eq!(found(&index, &scope(), NameKind::Location, "west"), ["westeurope"]);
}

#[test]
fn cloud_tenant_and_subscription_keep_names_apart() {
    let base = tempfile::tempdir().unwrap();
    learned(&groups(&["a", "b"])).save(base.path(), NOW);
    let index = Index::open(base.path(), NOW);
    let groups = |scope: &IndexScope| found(&index, scope, NameKind::ResourceGroup, "");
    assert_eq!(groups(&scope()), ["a", "b"]);
    let elsewhere = ["AzureChinaCloud", "Azure", ""]
        .map(|cloud| IndexScope { cloud: cloud.to_owned(), ..scope() });
    assert!(elsewhere.iter().all(|scope| groups(scope).is_empty()));
    let subscription = |id: &str| IndexScope { subscription: Some(id.to_owned()), ..scope() };
    assert_eq!(groups(&subscription(SUBSCRIPTION)), ["a", "b"]);
    assert_eq!(groups(&subscription(TENANT)), [""; 0]);
    let tenants = |tenants: &[&str]| IndexScope {
        tenants: tenants.iter().map(|id| (*id).to_owned()).collect(),
        ..scope()
    };
    assert_eq!(groups(&tenants(&[SUBSCRIPTION])), [""; 0]);
    assert_eq!(groups(&tenants(&[])), ["a", "b"]);
}

#[test]
fn what_nobody_saw_for_a_month_is_forgotten() {
    let base = tempfile::tempdir().unwrap();
    let days = |days: i64| NOW + days * 86_400;
    learned(&groups(&["old", "both"])).save(base.path(), NOW);
    learned(&groups(&["both"])).save(base.path(), days(20));
    assert_eq!(groups_in(base.path(), days(30), ""), ["both", "old"]);
    assert_eq!(groups_in(base.path(), days(31), ""), ["both"]);
    learned(&groups(&["new"])).save(base.path(), days(31));
    let text = std::fs::read_to_string(base.path().join(FILE)).unwrap();
    assert!(!text.contains("\told\t"), "the file forgets it too:\n{text}");
}

#[test]
fn what_is_gone_is_forgotten_with_all_inside() {
    let base = tempfile::tempdir().unwrap();
    let id = |rest: &str| format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/G{rest}");
    let gallery = "/providers/Microsoft.Compute/galleries/one";
    let resources =
        [gallery, &format!("{gallery}/images/u"), "/providers/Microsoft.Compute/galleries/one2"];
    let value: Vec<Value> = resources.iter().map(|rest| json!({"id": id(rest)})).collect();
    learned(&json!({"value": value})).save(base.path(), NOW);
    let all = || found(&Index::open(base.path(), NOW), &scope(), NameKind::Resource, "");
    assert_eq!(all().len(), 3);
    let later = Arc::new(NameCollector::new("AzureCloud"));
    witness(&later).gone(&id(gallery).to_uppercase());
    later.save(base.path(), NOW);
    assert_eq!(all(), ["/resourceGroups/G/providers/Microsoft.Compute/galleries/one2"]);
}

#[test]
fn nothing_new_writes_nothing_and_a_busy_lock_is_not_waited_for() {
    let base = tempfile::tempdir().unwrap();
    let folder = PrivateFolder::create(&base.path().join("own")).unwrap();
    let home = folder.path_of("");
    let written = || std::fs::metadata(folder.path_of(FILE)).unwrap().modified().unwrap();
    learned(&groups(&["a"])).save(&home, NOW);
    let before = written();
    learned(&groups(&["a"])).save(&home, NOW + 60);
    assert_eq!(written(), before);
    let held = folder.try_lock("names.lock").unwrap();
    learned(&groups(&["b"])).save(&home, NOW);
    assert_eq!(groups_in(&home, NOW, ""), ["a"]);
    drop(held);
    learned(&groups(&["b"])).save(&home, NOW);
    assert_eq!(groups_in(&home, NOW, ""), ["a", "b"]);
}

#[test]
fn whatever_is_wrong_with_the_file_means_no_names() {
    let base = tempfile::tempdir().unwrap();
    learned(&groups(&["a", "b", "c"])).save(base.path(), NOW);
    let whole = std::fs::read(base.path().join(FILE)).unwrap();
    let groups_of = |content: &[u8]| {
        std::fs::write(base.path().join(FILE), content).unwrap();
        groups_in(base.path(), NOW, "")
    };
    for cut in 0..whole.len() {
        let names = groups_of(&whole[..cut]);
        assert!(names.iter().all(|name| ["a", "b", "c"].contains(&name.as_str())), "{cut}");
    }
    for at in HEAD.len()..whole.len() {
        let mut bad = whole.clone();
        bad[at] ^= 0x5a;
        groups_of(&bad);
    }
    let huge = [&whole[..], &vec![b'x'; 4 * 1024 * 1024], b"\n"].concat();
    assert_eq!(groups_of(&huge), [""; 0]);
    assert_eq!(groups_of(b"something else\n"), [""; 0]);
    learned(&groups(&["new"])).save(base.path(), NOW);
    assert_eq!(groups_in(base.path(), NOW, ""), ["new"], "and is replaced");
}

#[test]
fn too_many_names_leave_the_newest() {
    let base = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..MOST_NAMES).map(|n| format!("g{n:05}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    learned(&groups(&names)).save(base.path(), NOW);
    learned(&groups(&["newest"])).save(base.path(), NOW + 86_400);
    let later = NOW + 86_400;
    assert_eq!(groups_in(base.path(), later, "newest"), ["newest"]);
    let index = Index::open(base.path(), later);
    let content = index.lines.all();
    assert_eq!(index.fresh(&content).count(), MOST_NAMES);
    assert!(std::fs::metadata(base.path().join(FILE)).unwrap().len() <= MOST_BYTES);
}

#[test]
fn many_writers_at_once_lose_nothing_that_was_there() {
    let base = tempfile::tempdir().unwrap();
    learned(&groups(&["first"])).save(base.path(), NOW);
    std::thread::scope(|threads| {
        for n in 0..16 {
            let home = base.path();
            threads.spawn(move || learned(&groups(&[&format!("g{n}")])).save(home, NOW));
        }
    });
    let names = groups_in(base.path(), NOW, "");
    assert!(names.contains(&"first".to_owned()) && names.len() >= 2, "{names:?}");
}

#[test]
fn control_characters_and_endless_names_are_no_names() {
    let base = tempfile::tempdir().unwrap();
    let long = "n".repeat(601);
    let bad = ["a\tb", "a\nb", "a\u{1b}[31mb", &long, "good"];
    let value: Vec<Value> = bad
        .iter()
        .map(|name| json!({"id": format!("/subscriptions/{SUBSCRIPTION}"), "displayName": name}))
        .collect();
    learned(&json!({"value": value})).save(base.path(), NOW);
    let index = Index::open(base.path(), NOW);
    assert_eq!(found(&index, &scope(), NameKind::Subscription, ""), ["good"]);
}

#[test]
fn in_every_subscription_the_prefix_is_found_though_many_others_lie_between() {
    let base = tempfile::tempdir().unwrap();
    let subscription = |n: usize| format!("8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2{n:03}");
    let group = |n: usize, name: &str| {
        let id = format!("/subscriptions/{}/resourceGroups/{name}", subscription(n));
        json!({ "id": id })
    };
    let many = (0..3000).map(|at| group(at % 7, &format!("{}-{at:04}", ["a", "m", "z"][at % 3])));
    // Few of them in many more: there is nothing to skip.
    let few = (100..400).map(|n| group(n, &format!("m-{n}")));
    let known: Vec<Value> = many.chain(few).collect();
    learned(&json!({ "value": known })).save(base.path(), NOW);
    for prefix in ["", "a", "m", "m-03", "m-2999", "M-39", "n", "z-2"] {
        let mut expected: Vec<String> = known
            .iter()
            .filter_map(|group| group["id"].as_str()?.rsplit('/').next())
            .filter(|name| name.starts_with(&prefix.to_lowercase()))
            .map(str::to_owned)
            .collect();
        let mut names = groups_in(base.path(), NOW, prefix);
        expected.sort();
        names.sort();
        assert_eq!(names, expected, "{prefix}");
    }
}

#[test]
fn of_each_way_into_many_names_one_is_looked_at() {
    let base = tempfile::tempdir().unwrap();
    let image = |gallery: usize, image: usize| {
        let inside = format!("galleries/Gallery{gallery}/images/i{image:03}");
        let id = format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/RG/providers/Microsoft.Compute/{inside}"
        );
        json!({ "id": id })
    };
    let known: Vec<Value> = (0..600).map(|n| image(n % 4, n)).collect();
    learned(&json!({ "value": known })).save(base.path(), NOW);
    let index = Index::open(base.path(), NOW);
    let seen = |segments: usize, prefix: &str| {
        let mut names = Vec::new();
        index.walk(&scope(), NameKind::Resource, prefix, &mut |name| {
            names.push(name.name.rsplit('/').next().unwrap_or_default().to_owned());
            Next::Past(segments)
        });
        names
    };
    assert_eq!(seen(7, ""), ["i000", "i001", "i002", "i003"], "each gallery's first");
    assert_eq!(seen(6, ""), ["i000"]);
    assert_eq!(seen(0, ""), ["i000"]);
    let third = "/resourcegroups/rg/providers/microsoft.compute/galleries/gallery3/images/I4";
    assert_eq!(seen(7, third), ["i403"]);
}
