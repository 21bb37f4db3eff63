//! The offer that an own template makes, checked against what the arguments say of it.

use serde_json::{Map, Value, json};

use super::layer::{Layer, Placed};
use super::own_template::OwnTemplate;
use super::parameters;
use crate::ops::change::findings::Findings;
use crate::template::reading::{Field, TargetScope, TemplateDefinition, read_template};

/// What is needed to distinguish the template's word from the arguments'.
pub(super) struct Completion<'a> {
    pub template: &'a OwnTemplate,
    pub extras: &'a Map<String, Value>,
    pub findings: &'a mut Findings,
}

impl Completion<'_> {
    /// The whole offer, and whether it is for the whole subscription.
    pub(super) fn of(mut self, given: Layer, whole_subscription: bool) -> (Layer, bool) {
        let reading = read_template(&self.template.value, self.values(&given));
        let path = &self.template.path;
        let [definition] = reading.definitions.as_slice() else {
            let count = reading.definitions.len();
            let rule = if count == 0 {
                "holds no Microsoft.ManagedServices/registrationDefinitions: it is not a delegation"
                    .to_owned()
            } else {
                format!("makes {count} different offers, and a run is for one")
            };
            self.findings.input(format!("{path}: resources"), rule, ONE_OFFER);
            return (given, whole_subscription);
        };
        for field in Field::ALL {
            self.ignored(field, &given, definition);
        }
        let values =
            Field::ALL.into_iter().filter_map(|field| self.value(field, &given, definition));
        let values: Vec<_> = values.collect();
        let written = parameters::layer(values, self.findings);
        let (groups, is_whole) = self.groups(&given, whole_subscription, &reading.targets);
        let groups = groups.or_else(|| given.groups.clone());
        (Layer { groups, ..given.over(written) }, is_whole)
    }

    /// The values of the template's parameters, as far as they are known before Azure is asked.
    fn values(&self, given: &Layer) -> Map<String, Value> {
        let mut values = self.extras.clone();
        for (field, parameter) in &self.template.fields {
            if let Some(text) = text_of(*field, given) {
                values.insert(parameter.clone(), json!(text.value));
            }
        }
        if let (Some(groups), Some(parameter)) = (&given.groups, &self.template.groups) {
            let names: Vec<&str> = groups.iter().map(|group| group.value.as_str()).collect();
            if let Some(value) = parameter.value_for(&names) {
                values.insert(parameter.name().to_owned(), value);
            }
        }
        values
    }

    /// What is given and would not arrive is an error: the offer deployed has to be the one judged.
    fn ignored(&mut self, field: Field, given: &Layer, definition: &TemplateDefinition) {
        let place = match field {
            _ if self.template.parameter_for(field).is_some() => return,
            Field::Authorizations => {
                given.grants.as_ref().and_then(|grants| grants.first()).map(|right| &right.place)
            }
            Field::Eligible => {
                let first = given.eligible.as_ref().and_then(|rights| rights.first());
                first.map(|right| &right.grant.place)
            }
            _ => text_of(field, given).map(|text| &text.place),
        };
        let Some(place) = place.cloned() else {
            return;
        };
        let written = definition.property(field);
        let is_same = text_of(field, given).is_some_and(|text| {
            written
                .is_some_and(|value| value.as_ref().is_ok_and(|value| *value == json!(text.value)))
        });
        if !is_same {
            let property = field.property();
            let path = &self.template.path;
            self.findings.input(
                place,
                format!("would be ignored: no parameter of {path} sets '{property}'"),
                "Leave it out, or let the template take it as a parameter, as `az-imageshare delegation template` shows.",
            );
        }
    }

    /// What the template itself says of a property, under the name that the samples have for it.
    fn value(
        &mut self,
        field: Field,
        given: &Layer,
        definition: &TemplateDefinition,
    ) -> Option<(String, Value, String)> {
        let is_given = match field {
            Field::Authorizations => given.grants.is_some(),
            Field::Eligible => given.eligible.is_some(),
            _ => text_of(field, given).is_some(),
        };
        let parameter = self.template.parameter_for(field);
        let path = &self.template.path;
        let place = match parameter {
            Some(name) => format!("{path}: parameters.{name}.defaultValue"),
            None => format!("{path}: {}.{}", definition.place, field.property()),
        };
        match definition.property(field)? {
            _ if is_given => None,
            Ok(value) => Some((parameters::usual_name(field).to_owned(), value.clone(), place)),
            // A parameter without a value is missing, which the rules say better.
            Err(_) if parameter.is_some() => None,
            Err(why) => {
                self.findings.input(
                    place,
                    format!("cannot be checked before it is deployed: it needs {}", why.0),
                    LET_IN,
                );
                None
            }
        }
    }

    fn groups(
        &mut self,
        given: &Layer,
        whole_subscription: bool,
        targets: &[TargetScope],
    ) -> (Option<Vec<Placed<String>>>, bool) {
        let path = &self.template.path;
        let place = format!("{path}: resources");
        if targets.is_empty() {
            self.findings.input(place, "holds no Microsoft.ManagedServices/registrationAssignments: the offer would not be delegated anywhere", "Add an assignment to the template, as `az-imageshare delegation template` shows.");
            return (None, whole_subscription);
        }
        if let Some(why) = targets.iter().find_map(|target| target.as_ref().err()) {
            self.unknown_groups(given, whole_subscription, &why.0);
            return (None, whole_subscription);
        }
        let made: Vec<Option<&str>> =
            targets.iter().flatten().map(|target| target.as_deref()).collect();
        if made.len() > 1 && made.contains(&None) {
            self.findings.input(
                &place,
                "delegates the subscription and resource groups of it",
                "Delegate one or the other.",
            );
        }
        let is_whole = made == [None];
        if whole_subscription && !is_whole {
            self.not_whole();
        }
        match &given.groups {
            _ if whole_subscription || is_whole && given.groups.is_none() => (None, true),
            None => {
                let groups = made.iter().flatten().map(|name| Placed::new(*name, &place)).collect();
                (Some(groups), false)
            }
            Some(groups) => {
                self.ignored_groups(groups, &made);
                (None, false)
            }
        }
    }

    /// Groups that depend on what is not known: too many were given, or none, or Azure has to say.
    fn unknown_groups(&mut self, given: &Layer, whole_subscription: bool, needs: &str) {
        if self.template.groups.is_none() {
            let place = format!("{}: resources", self.template.path);
            let rule = format!(
                "the resource group cannot be known before it is deployed: it needs {needs}"
            );
            self.findings.input(place, rule, LET_IN);
        } else if given.groups.as_ref().is_some_and(|groups| groups.len() > 1) {
            self.one_only();
        } else if whole_subscription {
            self.not_whole();
        }
    }

    fn ignored_groups(&mut self, groups: &[Placed<String>], made: &[Option<&str>]) {
        let is_made = |group: &Placed<String>| {
            made.iter().flatten().any(|name| name.eq_ignore_ascii_case(&group.value))
        };
        if groups.iter().all(is_made) && groups.len() == made.len() {
            return;
        }
        if groups.len() > 1 && self.template.groups.is_some() {
            self.one_only();
            return;
        }
        let shown = made.iter().map(|name| name.unwrap_or("the whole subscription"));
        let rule = format!(
            "would be ignored: {} delegates {}",
            self.template.path,
            shown.collect::<Vec<_>>().join(", ")
        );
        self.findings.input(&groups[0].place, rule, "Leave it out, or let the template take the resource group as a parameter, as `az-imageshare delegation template` shows.");
    }

    fn one_only(&mut self) {
        self.findings.input(
            "--resource-group",
            format!("{} takes one resource group", self.template.path),
            "Run the command once for each group, or leave --template-file out.",
        );
    }

    fn not_whole(&mut self) {
        self.findings.input(
            "--whole-subscription",
            format!("does not fit {}, which takes resource groups", self.template.path),
            "Name the resource groups with -g, or use another template.",
        );
    }
}

fn text_of(field: Field, given: &Layer) -> Option<&Placed<String>> {
    match field {
        Field::Name => given.name.as_ref(),
        Field::Description => given.description.as_ref(),
        Field::Tenant => given.consumer.as_ref(),
        Field::Authorizations | Field::Eligible => None,
    }
}

const ONE_OFFER: &str =
    "Give a template with one definition, as `az-imageshare delegation template` makes it.";

const LET_IN: &str = "Let the template take it as a parameter, and give it in a --parameters file.";
