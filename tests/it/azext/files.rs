//! Files: az takes `@FILE` anywhere and hands over what is in it.

use sandbox::world;

use crate::support::lab::Lab;

#[test]
fn a_file_may_be_named_with_the_at_sign_of_az_and_its_content_is_never_shown() {
    let lab = Lab::new();
    let token = lab.azure.federated_token(world::FEDERATED_CLIENT);
    let file = lab.file("token.jwt", &format!("{token}\n"));
    let fixed = ["imageshare", "credential", "add", "--no-test", "--tenant"];
    let who = [world::PUBLISHER_TENANT, "--client-id", world::FEDERATED_CLIENT];
    let add = |name: &str, files: &[&str]| {
        let ran = lab.run_az(&[&fixed[..], &who, &["-n", name], files].concat());
        assert!(!ran.stdout.contains(&token), "{ran:?}");
        assert!(!ran.stderr.contains(&token), "{ran:?}");
        ran
    };
    let spelled = [format!("@{file}"), file.clone()];
    for (name, file) in ["at", "plain"].iter().zip(&spelled) {
        let added = add(name, &["--federated-token-file", file]).json();
        assert_eq!(added["name"], *name);
    }
    let glued = format!("--federated-token-file=@{file}");
    assert_eq!(add("glued", &[&glued]).json()["name"], "glued");
    // Where it is read as anything else, it is still not repeated.
    let misplaced = add("misplaced", &["--federated-token-file", "@no-such-file"]);
    assert_ne!(misplaced.code, Some(0));
    let request = ["imageshare", "delegation", "plan", "--request"];
    let wrong = lab.run_az(&[&request[..], &[&spelled[0]]].concat());
    assert!(!wrong.stderr.contains(&token), "{wrong:?}");
    assert!(wrong.stderr.contains("token.jwt"), "{wrong:?}");
}
