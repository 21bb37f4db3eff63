//! One thing, as a run left it, and as it was before.

use serde_json::{Value, json};

use crate::ops::change::{ChangeKind, Step, WriteKind};

/// One thing, as a run left it, and as it was before.
#[derive(Clone, Debug)]
pub(super) struct Restoration {
    pub(super) kind: WriteKind,
    pub(super) id: String,
    pub(super) scope: String,
    /// As the run left it; null if it took it away.
    pub(super) left: Value,
    /// As it was before; null if there was none.
    pub(super) wanted: Value,
}

impl Restoration {
    /// What has to be restored after this step.
    pub(super) fn of(recorded: &Step) -> Restoration {
        let left = match (recorded.change, &recorded.after) {
            // Some records do not say what was made, only that it was.
            (ChangeKind::Create, Value::Null) => json!({}),
            (_, after) => after.clone(),
        };
        let wanted = recorded.before.clone();
        let (id, scope) = (recorded.id.clone(), recorded.scope.clone());
        Restoration { kind: recorded.kind, id, scope, left, wanted }
    }
}
