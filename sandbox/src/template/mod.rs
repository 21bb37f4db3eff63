//! The template engine: turns an Azure Resource Manager template and its parameters into resources.
//!
//! It is pure: what it needs to know of the world is in [`Context`], and the state of deployed
//! resources is asked for through a function.

mod context;
mod copy;
mod declared;
mod dependencies;
mod diff;
mod error;
mod evaluate;
mod functions;
mod jsonc;
mod lexer;
mod nested;
mod outputs;
mod parameters;
mod parser;
mod policy;
mod position;
mod resources;
mod scope;
mod shape;
mod types;

#[cfg(test)]
mod tests;

pub use context::Context;
pub use diff::diff;
pub use error::TemplateError;
pub use functions::guid;
pub use jsonc::parse_jsonc;
pub(crate) use policy::{PolicyValues, functions_of};

use copy::CopyFrame;
use evaluate::{Deployed, Frame, Place};
use scope::Scope;
use serde_json::Value;
use std::sync::Arc;

/// One resource of an expanded template.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The full resource id.
    pub id: String,
    /// The full resource type; that of the extension for an extension resource.
    pub type_: String,
    /// The name, with the names of the parents before it.
    pub name: String,
    /// The api-version to send it with.
    pub api_version: String,
    /// The id of the subscription or resource group it deploys to.
    pub scope: String,
    /// The location, when it has one.
    pub location: Option<String>,
    /// The members to send: everything but name, type, apiVersion and what drives the engine.
    pub body: Value,
    /// The full ids of the resources that must exist first.
    pub depends_on: Vec<String>,
    /// The expanded template of a nested deployment.
    pub nested: Option<Box<Expansion>>,
    /// The body is as written: it refers to what another resource is once it stands.
    pub is_deferred: bool,
}

/// An expanded template: its resources, every one after those it depends on.
#[derive(Debug, Clone)]
pub struct Expansion {
    /// The resources in an order they can be deployed in.
    pub resources: Vec<Resource>,
    /// The parameters as Resource Manager echoes them.
    pub parameters: Value,
    template: Value,
    scope: Arc<Scope>,
    copies: Vec<CopyFrame>,
    names: Vec<(String, String)>,
}

impl Expansion {
    /// Evaluates a body that was left as written; `state` gives what stands by now.
    pub(crate) fn resolve(
        &self,
        raw: &Value,
        state: &dyn Fn(&str) -> Option<Value>,
    ) -> Result<Value, TemplateError> {
        let deployed = Deployed { lookup: state, names: &self.names };
        let frame = Frame { deployed: Some(&deployed), ..Frame::new(&self.scope, Place::Output) };
        frame.value(raw).map_err(|detail| TemplateError::validation(&detail))
    }

    /// Evaluates the outputs; `state` gives the whole resource with an id, once it is deployed.
    pub fn outputs(&self, state: &dyn Fn(&str) -> Option<Value>) -> Result<Value, TemplateError> {
        let deployed = Deployed { lookup: state, names: &self.names };
        outputs::evaluate(&self.template, &self.scope, &self.copies, &deployed)
    }
}

/// Expands a template: binds `parameters` (`{name: {value}}`), evaluates it and orders its resources.
pub fn expand(
    template: &Value,
    parameters: &Value,
    ctx: &Context,
) -> Result<Expansion, TemplateError> {
    let (scope, echo) = scoped(template, parameters, ctx)?;
    resources::expand(template, echo, Arc::new(scope), &[], ctx)
}

/// Makes the scope of a template and the echo of its parameters.
fn scoped(
    template: &Value,
    parameters: &Value,
    context: &Context,
) -> Result<(Scope, Value), TemplateError> {
    shape::check(template)?;
    let bound = parameters::bind(template, parameters)?;
    let mut scope = Scope::new(template, context.clone(), bound);
    scope.read_variables()?;
    let echo = parameters::resolve(template, &scope)?;
    scope.check_variables()?;
    Ok((scope, echo))
}
