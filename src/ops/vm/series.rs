//! Several machines that are alike: one plan, one consent, and a deployment for each.

use super::create::{MachineCreation, plan_creation};
use super::machine::{DesiredMachine, Machine};
use crate::app::App;
use crate::error::Result;
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::{Plan, Run};
use crate::ops::image::id::ImageId;
use crate::ops::site::Site;

/// The machines that are to be, in the order of their names.
pub(crate) struct MachineSeries<'a>(Vec<MachineCreation<'a>>);

/// The same machine so many times, as `az` names them: `web0`, `web1` and so on.
pub(crate) fn numbered_machines(wanted: &DesiredMachine, count: u32) -> Vec<DesiredMachine> {
    let one = |at: u32| {
        let mut machine = wanted.clone();
        machine.name = format!("{}{at}", wanted.name);
        machine.alike = count;
        let deployment = wanted.deployment_name.as_ref();
        machine.deployment_name = deployment.map(|name| format!("{name}-{at}"));
        // One pair of keys opens all of them, and is written with the first.
        machine.login.fresh_key = machine.login.fresh_key.filter(|_| at == 0);
        machine
    };
    (0..count).map(one).collect()
}

/// Works out what it takes that there are these machines.
///
/// # Errors
/// If anything speaks against one of them; nothing is written here.
pub(crate) async fn plan_series<'a>(
    site: &Site<'_>,
    wanted: &'a [DesiredMachine],
    image: &ImageId,
) -> Result<MachineSeries<'a>> {
    let mut creations = Vec::with_capacity(wanted.len());
    for machine in wanted {
        creations.push(plan_creation(site, machine, image).await?);
    }
    Ok(MachineSeries(creations))
}

impl MachineSeries<'_> {
    /// All of it as one plan.
    pub(crate) fn plan(&self, app: &App) -> Plan {
        let mut plans = self.0.iter().map(|creation| creation.plan(app));
        let mut whole = plans.next().unwrap_or_default();
        for plan in plans {
            whole.steps.extend(plan.steps);
            for warning in plan.warnings {
                if !whole.warnings.contains(&warning) {
                    whole.warnings.push(warning);
                }
            }
            whole.nothing = whole.nothing.and(plan.nothing);
        }
        if self.0.len() > 1 {
            whole.title = format!("{} virtual machines:", self.0.len());
        }
        whole
    }

    /// Makes them, several at the same time.
    ///
    /// # Errors
    /// The first failure; the others are made nevertheless.
    pub(crate) async fn carry_out(
        &self,
        site: &Site<'_>,
        run: &Run<'_>,
        wait: bool,
    ) -> Result<Vec<Machine>> {
        let work = self.0.iter().map(|creation| creation.carry_out(site, run, wait));
        fan_out(AT_ONCE, work).await.into_iter().collect()
    }
}

/// Deployments that are under way together.
const AT_ONCE: usize = 4;
