//! The command tree that the Azure CLI extension declares; `make accept` rewrites it.

use crate::support::lab::Lab;

#[test]
fn the_committed_tree_is_that_of_the_program() {
    let printed = Lab::new().run(&["__tree"]);
    assert_eq!(printed.code, 0);
    snapbox::assert_data_eq!(
        printed.stdout,
        snapbox::file!["../../packaging/azext/azext_imageshare/tree.json"].raw()
    );
}

#[test]
fn az_can_declare_every_argument() {
    let printed = Lab::new().run(&["__tree"]);
    let tree: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
    for command in tree["commands"].as_array().unwrap() {
        let path = &command["path"];
        assert_ne!(command["summary"], "", "{path}");
        let arguments = command["arguments"].as_array().unwrap();
        let is_positional =
            |argument: &&serde_json::Value| argument["options"] == serde_json::json!([]);
        let positionals = arguments.iter().filter(is_positional).count();
        assert!(positionals <= 1, "{path}: az has at most one positional argument");
        for argument in arguments {
            assert_ne!(argument["help"], "", "{path} {argument}");
            for option in argument["options"].as_array().unwrap() {
                let of_az =
                    ["-h", "-o", "--help", "--output", "--query", "--subscription", "--ids"];
                assert!(!of_az.contains(&option.as_str().unwrap()), "{path}: {option} is az's own");
            }
        }
    }
}
