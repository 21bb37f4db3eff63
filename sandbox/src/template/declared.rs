//! The resources a template declares, one for every iteration of a loop, with their ids.

use super::context::Context;
use super::copy::{self, CopyFrame};
use super::error::TemplateError;
use super::evaluate::{Frame, Place};
use super::functions::{join_id, type_segments};
use super::position;
use super::scope::Scope;
use serde_json::Value;

/// The type of a nested deployment.
pub(crate) const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

/// One declared resource.
#[derive(Debug, Clone)]
pub(crate) struct Declared<'a> {
    /// The resource as the template writes it.
    pub(crate) raw: &'a Value,
    /// The loops around it.
    pub(crate) copies: Vec<CopyFrame>,
    /// The name of its own loop and, for a serial loop, the batch it is in.
    pub(crate) looped: Option<(String, Option<i64>)>,
    /// The name a template with named resources calls it by.
    pub(crate) symbol: Option<String>,
    /// The type as written, with those of its parents.
    pub(crate) type_: String,
    /// The name as written, with those of its parents.
    pub(crate) name: String,
    /// The api-version.
    pub(crate) api_version: String,
    /// The full id.
    pub(crate) id: String,
    /// Where it deploys to.
    pub(crate) target: Context,
    /// Whether it is deployed: its condition holds and it does not exist already.
    pub(crate) enabled: bool,
    /// The words Resource Manager uses for where it is declared.
    pub(crate) place: String,
}

impl Declared<'_> {
    /// The id without the scope, the way Resource Manager names a resource in messages.
    pub(crate) fn relative_id(&self) -> &str {
        relative(&self.id, &self.target.scope_id())
    }

    /// Says that what this resource holds is not valid.
    pub(crate) fn invalid(&self, detail: &str) -> TemplateError {
        invalid(&self.name, &self.place, detail)
    }
}

/// The part of an id below its scope's `providers`.
pub(crate) fn relative<'i>(id: &'i str, scope: &str) -> &'i str {
    let below = match id.get(..scope.len()) {
        Some(start) if start.eq_ignore_ascii_case(scope) => &id[scope.len()..],
        _ => id.find("/providers/").map_or(id, |at| &id[at..]),
    };
    below.strip_prefix("/providers/").unwrap_or(below)
}

fn invalid(name: &str, place: &str, detail: &str) -> TemplateError {
    TemplateError::in_expression(&format!("The template resource '{name}' at {place}"), detail)
}

/// Walks the resources of a template.
pub(crate) struct Walk<'a, 's> {
    /// The template.
    pub(crate) template: &'a Value,
    /// What its expressions see.
    pub(crate) scope: &'s Scope,
    /// Where its resources deploy to.
    pub(crate) target: &'s Context,
    /// The resources found.
    pub(crate) found: Vec<Declared<'a>>,
}

impl<'a> Walk<'a, '_> {
    /// Adds the resources of one list, and those nested in them.
    pub(crate) fn list(
        &mut self,
        list: &'a Value,
        path: &[&str],
        parent: Option<&Declared<'a>>,
        copies: &[CopyFrame],
    ) -> Result<(), TemplateError> {
        let entries: Vec<(String, &'a Value, bool)> = match list {
            Value::Object(members) => {
                members.iter().map(|(name, raw)| (name.clone(), raw, true)).collect()
            }
            Value::Array(items) => {
                let numbered = items.iter().enumerate();
                numbered.map(|(index, raw)| (index.to_string(), raw, false)).collect()
            }
            _ => Vec::new(),
        };
        for (key, raw, is_symbol) in entries {
            let mut here = path.to_vec();
            here.push(&key);
            let symbol = is_symbol.then(|| key.clone());
            self.repeated(raw, &here, symbol, parent, copies)?;
        }
        Ok(())
    }

    /// Adds a resource once for every iteration of its loop.
    fn repeated(
        &mut self,
        raw: &'a Value,
        path: &[&str],
        symbol: Option<String>,
        parent: Option<&Declared<'a>>,
        copies: &[CopyFrame],
    ) -> Result<(), TemplateError> {
        let place = position::at(self.template, path);
        let Some(looped) = raw.get("copy") else {
            return self.one(raw, path, &place, symbol, None, parent, copies.to_vec());
        };
        let frame = Frame::new(self.scope, Place::Resource).with_copies(copies);
        let written = raw["name"].as_str().unwrap_or_default().to_owned();
        let wrong = |detail: String| invalid(&written, &place, &detail);
        let name = frame.string(looped.get("name").unwrap_or(&Value::Null)).map_err(wrong)?;
        let count =
            copy::count(frame, looped.get("count").unwrap_or(&Value::Null)).map_err(wrong)?;
        let is_serial = looped
            .get("mode")
            .and_then(Value::as_str)
            .is_some_and(|mode| mode.eq_ignore_ascii_case("serial"));
        let batch_size = match looped.get("batchSize") {
            Some(size) if is_serial => frame.value(size).map_err(wrong)?.as_i64().unwrap_or(0),
            _ => 1,
        };
        if batch_size < 1 {
            return Err(wrong("The 'batchSize' of 'copy' must be a positive integer".to_owned()));
        }
        for index in 0..count {
            let inside = copy::inside(copies, &name, index, true);
            let batch = is_serial.then_some(index / batch_size);
            self.one(
                raw,
                path,
                &place,
                symbol.clone(),
                Some((name.clone(), batch)),
                parent,
                inside,
            )?;
        }
        Ok(())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the loop and the parent of one resource, all needed at once"
    )]
    fn one(
        &mut self,
        raw: &'a Value,
        path: &[&str],
        place: &str,
        symbol: Option<String>,
        looped: Option<(String, Option<i64>)>,
        parent: Option<&Declared<'a>>,
        copies: Vec<CopyFrame>,
    ) -> Result<(), TemplateError> {
        let frame = Frame::new(self.scope, Place::Resource).with_copies(&copies);
        let written = raw["name"].as_str().unwrap_or_default();
        let text = |member: &str| {
            frame.string(&raw[member]).map_err(|detail| invalid(written, place, &detail)).and_then(|text| {
                if text.is_empty() {
                    let detail = format!(
                        "The template resource '{written}' at {place} is not valid. The {member} property cannot be null or empty. Please see https://aka.ms/arm-template/#resources for usage details."
                    );
                    return Err(TemplateError::validation(&detail));
                }
                Ok(text)
            })
        };
        let (mut type_, mut name) = (text("type")?.trim_end_matches('/').to_owned(), text("name")?);
        let api_version = text("apiVersion")?;
        if let Some(parent) = parent {
            type_ = format!("{}/{type_}", parent.type_);
            name = format!("{}/{name}", parent.name);
        }
        let target = self
            .target_of(raw, &type_, &name, frame)
            .map_err(|detail| invalid(&name, place, &detail))?;
        let names: Vec<&str> = name.split('/').collect();
        if type_segments(&type_) != names.len() || type_segments(&type_) == 0 {
            return Err(TemplateError::validation(&format!(
                "The template resource '{name}' for type '{type_}' at {place} has incorrect segment lengths. A nested resource type must have identical number of segments as its resource name. A root resource type must have segment length one greater than its resource name. Please see https://aka.ms/arm-template/#resources for usage details."
            )));
        }
        let over =
            self.extended(raw, frame, &target).map_err(|detail| invalid(&name, place, &detail))?;
        let enabled =
            self.enabled(raw, frame, parent).map_err(|detail| invalid(&name, place, &detail))?;
        let declared = Declared {
            id: join_id(&over, &type_, &names),
            raw,
            copies: copies.clone(),
            looped,
            symbol,
            type_,
            name,
            api_version,
            target,
            enabled,
            place: place.to_owned(),
        };
        self.found.push(declared.clone());
        let mut here = path.to_vec();
        here.push("resources");
        self.list(raw.get("resources").unwrap_or(&Value::Null), &here, Some(&declared), &copies)
    }

    fn enabled(
        &self,
        raw: &Value,
        frame: Frame<'_>,
        parent: Option<&Declared<'_>>,
    ) -> Result<bool, String> {
        let holds = match raw.get("condition") {
            None => true,
            Some(condition) => match frame.value(condition)? {
                Value::Bool(holds) => holds,
                Value::String(text) if text.eq_ignore_ascii_case("true") => true,
                Value::String(text) if text.eq_ignore_ascii_case("false") => false,
                _ => return Err("The 'condition' must evaluate to a boolean".to_owned()),
            },
        };
        let exists = raw.get("existing").and_then(Value::as_bool) == Some(true);
        Ok(holds && !exists && parent.is_none_or(|parent| parent.enabled))
    }

    /// Where a resource deploys to: a nested deployment can name another place.
    fn target_of(
        &self,
        raw: &Value,
        type_: &str,
        name: &str,
        frame: Frame<'_>,
    ) -> Result<Context, String> {
        let mut target = self.target.clone();
        if !type_.eq_ignore_ascii_case(DEPLOYMENTS) {
            return Ok(target);
        }
        let text = |member: &str| raw.get(member).map(|raw| frame.string(raw)).transpose();
        name.clone_into(&mut target.deployment_name);
        target.location = text("location")?;
        let (subscription, group) = (text("subscriptionId")?, text("resourceGroup")?);
        if let Some(subscription) = subscription {
            target.management_group = None;
            if !subscription.eq_ignore_ascii_case(&target.subscription_id) {
                target.subscription_name = String::new();
                target.subscription_id = subscription;
            }
            target.resource_group = None;
            target.resource_group_location = None;
        }
        if let Some(group) = group {
            let same = self
                .target
                .resource_group
                .as_ref()
                .is_some_and(|here| here.eq_ignore_ascii_case(&group));
            if !same {
                target.resource_group_location = None;
            }
            target.resource_group = Some(group);
        }
        Ok(target)
    }

    /// The id a resource is an extension of, or the scope it deploys to.
    fn extended(&self, raw: &Value, frame: Frame<'_>, target: &Context) -> Result<String, String> {
        let scope = match raw.get("scope") {
            None => return Ok(target.scope_id()),
            Some(scope) => frame.string(scope)?,
        };
        if scope.starts_with('/') {
            return Ok(scope.trim_end_matches('/').to_owned());
        }
        Ok(format!("{}/providers/{scope}", target.scope_id()))
    }
}
