//! Guests of a tenant. Source: <https://learn.microsoft.com/graph/api/invitation-post>

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::{Directory, GraphError};
use crate::id::ArmId;
use crate::rest::decode_reply;

/// An invitation that was sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invitation {
    /// Where the guest redeems it.
    pub invite_redeem_url: String,
    /// The guest, who may be given roles immediately.
    pub invited_user: InvitedUser,
}

/// The guest that an invitation made.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct InvitedUser {
    pub id: ArmId,
}

impl Directory {
    /// Deletes an account; Entra keeps it restorable for 30 days. True if it was there.
    ///
    /// Source: <https://learn.microsoft.com/graph/api/user-delete>
    pub(crate) async fn delete_user(&self, id: &str) -> Result<bool, GraphError> {
        self.client.delete(&format!("/v1.0/users/{id}"), &[]).await
    }

    /// Invites someone by mail; the mail leads to `landing` once the invitation is redeemed.
    pub(crate) async fn invite(&self, mail: &str, landing: &str) -> Result<Invitation, GraphError> {
        let body = json!({"invitedUserEmailAddress": mail, "inviteRedirectUrl": landing, "sendInvitationMessage": true});
        let path = "/v1.0/invitations";
        let reply = self.client.request(Method::POST, path, &[], Some(&body)).await?;
        decode_reply(path, reply.body)
    }
}
