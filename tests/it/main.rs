//! The one test program: what is seen from outside, and the rules of the house.
//!
//! One module for each group of commands; `support` holds what they share.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail loudly, and it is outside of the program whose world is made up"
)]

mod az_hints;
mod az_login;
#[cfg(unix)]
mod az_stand_in;
#[cfg(target_os = "linux")]
mod azext;
mod builder_check;
mod builder_faults;
mod builder_remove;
mod builder_setup;
mod change_app;
mod change_app_secret;
mod change_builder;
mod change_role;
mod circles;
mod claims_challenge;
#[cfg(target_os = "linux")]
mod completion_nushell;
mod completion_powershell;
#[cfg(unix)]
mod completion_shells;
#[cfg(unix)]
mod completions;
mod credential;
mod credential_change;
mod credential_import;
mod credential_keys;
mod credential_life;
#[cfg(windows)]
mod credential_manager;
mod credential_renew;
#[cfg(target_os = "linux")]
mod credential_renew_killed;
mod credential_sources;
mod delegated_identity;
mod delegation_create;
mod delegation_delete;
mod delegation_export;
mod delegation_plan;
mod delegation_read;
mod delegation_refused;
mod delegation_reported;
mod delegation_roles;
mod delegation_verify;
mod deployment_create;
mod docs;
mod doctor;
mod doctor_error;
mod doctor_online;
mod empty_lists;
mod environment;
mod estate_lists;
mod examples;
#[cfg(target_os = "linux")]
mod exec_attacks;
#[cfg(target_os = "linux")]
mod exec_clients;
#[cfg(target_os = "linux")]
mod exec_environment;
#[cfg(target_os = "linux")]
mod exec_life;
#[cfg(target_os = "linux")]
mod exec_refusals;
#[cfg(target_os = "linux")]
mod exec_rust;
#[cfg(target_os = "linux")]
mod exec_terraform;
mod faults;
mod federated;
#[cfg(target_os = "linux")]
mod federated_renewal;
mod fleet_apply;
#[cfg(target_os = "linux")]
mod fleet_apply_disk;
#[cfg(target_os = "linux")]
mod fleet_apply_kill;
mod fleet_apply_methods;
mod fleet_apply_refused;
mod fleet_apply_waves;
mod fleet_drift;
mod fleet_export;
mod fleet_import;
mod fleet_large;
mod fleet_manifest;
mod fleet_manifest_mutants;
mod fleet_plan;
mod fleet_policy;
mod fleet_policy_rules;
mod fleet_removal;
mod fleet_reports;
mod fleet_shares;
mod fleet_virtual_time;
mod foreign_text;
mod found_by_strangers;
mod history;
mod history_undo;
mod image;
mod image_copy;
mod image_copy_credentials;
mod image_copy_disks;
mod image_copy_faults;
mod image_copy_refused;
mod image_named;
mod image_prune;
#[cfg(target_os = "linux")]
mod install;
#[cfg(target_os = "linux")]
mod interrupt;
#[cfg(target_os = "linux")]
mod keyring_states;
#[cfg(target_os = "linux")]
mod kill_sweep;
mod layers;
#[cfg(target_os = "linux")]
mod leaks;
mod life;
mod limits;
#[cfg(target_os = "linux")]
mod live_check;
mod long_names;
mod mentions;
#[cfg(target_os = "linux")]
mod names_for_ids;
#[cfg(target_os = "linux")]
mod partner_walk;
#[cfg(target_os = "linux")]
mod person_kept;
#[cfg(target_os = "linux")]
mod person_listener;
#[cfg(target_os = "linux")]
mod person_sign_in;
#[cfg(target_os = "linux")]
mod person_stopped;
#[cfg(target_os = "linux")]
mod pipelines;
mod play;
#[cfg(target_os = "linux")]
mod promises;
mod prose;
mod real_app;
mod real_builder;
mod real_clients;
mod real_copy;
mod real_groups;
mod real_policy;
mod real_sharing;
mod real_vm;
mod request;
mod request_counts;
mod resource_graph;
mod revoke_all;
mod rooms;
mod sandbox_layers;
mod schemas;
mod services;
mod share_access;
mod share_advise;
mod share_app;
mod share_community;
#[cfg(target_os = "linux")]
mod share_consent;
mod share_direct;
mod share_expiry;
#[cfg(target_os = "linux")]
mod share_guest;
mod share_prune;
mod share_rbac;
mod share_rbac_remove;
#[cfg(target_os = "linux")]
mod share_report;
mod share_rows;
mod sign_in;
mod sign_in_tenant;
mod status;
mod stores;
#[cfg(target_os = "linux")]
mod stores_kernel;
mod support;
mod tables;
mod text_for_people;
mod token;
mod tree;
mod typos;
mod vm;
mod vm_change;
mod vm_faults;
mod vm_options;
mod vm_preflight;
mod waiting;
