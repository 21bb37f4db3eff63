//! `delegation wait`: take up the wait for a delegation that was started.

use std::time::Duration;

use super::wanted::WantedArgs;
use crate::app::App;
use crate::error::Result;
use crate::ops::delegation::wait::wait;
use crate::output::Output;

/// Wait until a delegation stands
///
/// For `delegation create --no-wait`, and after an interruption: waits for the deployment and the
/// assignments, and returns the delegation.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  az-imageshare delegation wait -n \"Contoso images\"
  az-imageshare delegation wait -n \"Contoso images\" --deployment-name imageshare-1b2c3d4e --timeout 10m

Permission: Reader on the subscription.
API: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/get")]
pub(crate) struct WaitArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    /// Name of the deployment, as `create` told it
    #[arg(long, value_name = "NAME")]
    deployment_name: Option<String>,
    /// How long to wait at most: 90s, 30m, 1h
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = duration)]
    timeout: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("'{text}' is no duration such as 90s, 30m or 1h");
    let (number, unit) = text.split_at(
        text.trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .len(),
    );
    let worth = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(bad()),
    };
    let number: u64 = number.parse().map_err(|_| bad())?;
    number
        .checked_mul(worth)
        .map(Duration::from_secs)
        .ok_or_else(bad)
}

pub(crate) fn run(args: WaitArgs, app: &App) -> Result<Output> {
    let client = app.arm(None)?;
    let wanted = args.wanted.into();
    let deployment = args.deployment_name.as_deref();
    let delegation = wait(app, &client, &wanted, deployment, args.timeout);
    Ok(Output::of(&app.block_on(delegation)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_unit() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("30m"), Ok(Duration::from_secs(1800)));
        assert_eq!(duration("1h"), Ok(Duration::from_secs(3600)));
        for bad in ["", "m", "1d", "-1s", "1.5h", "99999999999999999999h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
