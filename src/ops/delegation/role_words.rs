//! The names of the roles that image sharing meets most, for sentences; others are shown by their GUID.
//!
//! Source: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>

/// The role's name, or its GUID if it is none of those we know.
#[must_use]
pub(super) fn name_of(role: &str) -> &str {
    KNOWN
        .iter()
        .find(|(id, _)| id.eq_ignore_ascii_case(role))
        .map_or(role, |(_, name)| name)
}

const KNOWN: [(&str, &str); 6] = [
    ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader"),
    ("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor"),
    (
        "cf7c76d2-98a3-4358-a134-615aa78bf44d",
        "Compute Gallery Image Reader",
    ),
    (
        "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
        "Virtual Machine Contributor",
    ),
    (
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
    ),
    (
        "91c1777a-f3dc-4fae-b103-61d183457e46",
        "Managed Services Registration assignment Delete Role",
    ),
];
