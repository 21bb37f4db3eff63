//! The files of `lighthouse-templates/`, embedded: what `delegation create` deploys, and what
//! `delegation template` hands out.
//!
//! One definition, and one assignment for the subscription or for each of its resource groups. The
//! names are ARM's `guid()` of what the offer is, so that deploying twice changes nothing; the
//! same names are derived in `ops::delegation`.

use serde_json::Value;

mod evaluation;
mod expression;
mod functions;
pub(crate) mod reading;

/// What a template delegates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The whole subscription.
    Subscription,
    /// Resource groups of it.
    ResourceGroups,
}

/// One of the embedded templates, with the parameter file that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    /// The name of its file.
    pub file_name: &'static str,
    /// The template as it is in its file.
    pub text: &'static str,
    /// The name of the parameter file.
    pub parameters_file_name: &'static str,
    /// The parameter file, with placeholders.
    pub parameters_text: &'static str,
}

impl Template {
    /// The template for what is delegated, with or without permissions that have to be activated.
    pub(crate) fn of(form: Form, eligible: bool) -> Template {
        match (form, eligible) {
            (Form::Subscription, false) => embedded!("subscription"),
            (Form::Subscription, true) => embedded!("subscription-eligible"),
            (Form::ResourceGroups, false) => embedded!("resource-group"),
            (Form::ResourceGroups, true) => embedded!("resource-group-eligible"),
        }
    }

    /// The template as JSON.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(self.text).expect("the embedded templates are JSON")
    }

    /// The parameter file as JSON.
    pub(crate) fn parameters(&self) -> Value {
        serde_json::from_str(self.parameters_text).expect("the embedded parameter files are JSON")
    }
}

macro_rules! embedded {
    ($name:literal) => {
        Template {
            file_name: concat!($name, ".json"),
            text: include_str!(concat!("../../lighthouse-templates/", $name, ".json")),
            parameters_file_name: concat!($name, ".parameters.json"),
            parameters_text: include_str!(concat!(
                "../../lighthouse-templates/",
                $name,
                ".parameters.json"
            )),
        }
    };
}
use embedded;
