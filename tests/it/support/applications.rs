//! Applications that the publisher registers for the consumer.

use super::lab::Lab;

/// Registers one with a secret in the keyring, and gives its client id.
pub(crate) fn register_application(lab: &Lab, name: &str, more: &[&str]) -> String {
    let created = lab.run(&[&["share", "app", "create", "-n", name], more].concat());
    created.json()["clientId"].as_str().unwrap().to_owned()
}
