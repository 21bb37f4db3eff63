//! Who may change what in the directories of the default world.

use crate::state::State;
use crate::world::{CONSUMER_OBJECT, CONSUMER_USER, DEPLOYER_OBJECT, PUBLISHER_USER};

/// The publisher's deployer and the consumer's app administer applications, and so do the people.
pub(super) fn permissions(state: &mut State) {
    let directory = &mut state.directory;
    directory.permit(DEPLOYER_OBJECT, &["Application.ReadWrite.All", "User.Invite.All"]);
    directory.permit(CONSUMER_OBJECT, &["Application.ReadWrite.All"]);
    directory.permit(PUBLISHER_USER, &["Global Administrator"]);
    directory.permit(CONSUMER_USER, &["Cloud Application Administrator"]);
}
