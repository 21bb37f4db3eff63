//! Built-in roles that a publisher of images may meet, for names and offline planning.
//!
//! Names and GUIDs as of 9 April 2026; what Azure says of a role when it is asked comes first.
//! Source: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>.

use uuid::Uuid;

use super::role::Standing;
use crate::id::RoleId;

/// A built-in role.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuiltIn {
    /// Its GUID, in small letters.
    pub guid: &'static str,
    pub name: &'static str,
    /// Whether Lighthouse accepts it.
    pub standing: Standing,
}

impl BuiltIn {
    /// Its GUID.
    pub(crate) fn id(&self) -> RoleId {
        RoleId(Uuid::try_parse(self.guid).expect("the table holds GUIDs only"))
    }
}

/// The role to use instead of one that Lighthouse refuses.
pub(super) fn instead(name: &str) -> &'static str {
    let found = INSTEAD.iter().find(|(refused, _)| name.starts_with(refused));
    found
        .map_or("Reader, Contributor or another built-in role without data actions", |(_, role)| {
            role
        })
}

const INSTEAD: [(&str, &str); 9] = [
    ("Log Analytics Contributor", "Monitoring Contributor"),
    ("Log Analytics Reader", "Monitoring Reader"),
    ("Storage Account Backup", "Backup Contributor"),
    ("Storage", "Storage Account Contributor"),
    ("Key Vault", "Key Vault Contributor"),
    ("Virtual Machine", "Virtual Machine Contributor"),
    ("Windows Admin Center", "Virtual Machine Contributor"),
    ("Role Based Access Control", "User Access Administrator with delegated-roles"),
    ("Desktop Virtualization", "Desktop Virtualization Contributor"),
];

const fn role(guid: &'static str, name: &'static str, standing: Standing) -> BuiltIn {
    BuiltIn { guid, name, standing }
}

/// The list, by name.
#[rustfmt::skip]
pub(crate) static BUILT_IN: [BuiltIn; 79] = [
    role("7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull", Standing::Allowed),
    role("8311e382-0749-4cb8-b61a-304f252e45ec", "AcrPush", Standing::Allowed),
    role("f353d9bd-d4a6-484e-a77a-8050b599b867", "Automation Contributor", Standing::Allowed),
    role("d3881f73-407a-4167-8283-e981cbba0404", "Automation Operator", Standing::Allowed),
    role("6aaa78f1-f7de-44ca-8722-c64a23943cae", "Azure Batch Data Contributor", Standing::DataActions),
    role("0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8", "Azure Kubernetes Service Cluster Admin Role", Standing::Allowed),
    role("4abbcc35-e782-43d8-92c5-2d3f1bd2253f", "Azure Kubernetes Service Cluster User Role", Standing::Allowed),
    role("5e467623-bb1f-42f4-a55d-6e525e11384b", "Backup Contributor", Standing::Allowed),
    role("00c29273-979b-4161-815c-10b084fb9324", "Backup Operator", Standing::Allowed),
    role("a795c7a0-d4a2-40c1-ae25-d81f01202912", "Backup Reader", Standing::Allowed),
    role("fa23ad8b-c56e-40d8-ac0c-ce449e1d2c64", "Billing Reader", Standing::Allowed),
    role("d73bb868-a0df-4d4d-bd69-98a00b01fccb", "Classic Virtual Machine Contributor", Standing::Allowed),
    role("85a2d0d9-2eba-4c9c-b355-11c2cc0788ab", "Compute Gallery Artifacts Publisher", Standing::Allowed),
    role("cf7c76d2-98a3-4358-a134-615aa78bf44d", "Compute Gallery Image Reader", Standing::Allowed),
    role("1ef6a3be-d0ac-425d-8c01-acb62866290b", "Compute Gallery Sharing Admin", Standing::Allowed),
    role("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", Standing::Allowed),
    role("434105ed-43f6-45c7-a02f-909b2ba83430", "Cost Management Contributor", Standing::Allowed),
    role("72fafb9e-0641-4937-9268-a91bfd8191a3", "Cost Management Reader", Standing::Allowed),
    role("673868aa-7521-48a0-acc6-0f60742d39f5", "Data Factory Contributor", Standing::Allowed),
    role("959f8984-c045-4866-89c7-12bf9737be2e", "Data Operator for Managed Disks", Standing::DataActions),
    role("86240b0e-9422-4c43-887b-b61143f32ba8", "Desktop Virtualization Application Group Contributor", Standing::Allowed),
    role("aebf23d0-b568-4e86-b8f9-fe83a2c6ab55", "Desktop Virtualization Application Group Reader", Standing::Allowed),
    role("082f0a83-3be5-4ba1-904c-961cca79b387", "Desktop Virtualization Contributor", Standing::Allowed),
    role("e307426c-f9b6-4e81-87de-d99efb3c32bc", "Desktop Virtualization Host Pool Contributor", Standing::Allowed),
    role("ceadfde2-b300-400a-ab7b-6143895aa822", "Desktop Virtualization Host Pool Reader", Standing::Allowed),
    role("49a72310-ab8d-41df-bbb0-79b649203868", "Desktop Virtualization Reader", Standing::Allowed),
    role("1d18fff3-a72a-46b5-b4a9-0b38a3cd7e63", "Desktop Virtualization User", Standing::DataActions),
    role("21efdde3-836f-432b-bf3d-3e8e734d4b2b", "Desktop Virtualization Workspace Contributor", Standing::Allowed),
    role("0fa44ee9-7a7d-466b-9bb2-2bf446b1204d", "Desktop Virtualization Workspace Reader", Standing::Allowed),
    role("3e5e47e6-65f7-47ef-90b5-e5dd4d455f24", "Disk Backup Reader", Standing::Allowed),
    role("b50d9833-a0cb-478e-945f-707fcc997c13", "Disk Restore Operator", Standing::Allowed),
    role("7efff54f-a5b4-42b5-a1c5-5411624893ce", "Disk Snapshot Contributor", Standing::Allowed),
    role("befefa01-2a29-4197-83a8-272ff33ce314", "DNS Zone Contributor", Standing::Allowed),
    role("00482a5a-887f-4fb3-b363-3b7fe8e74483", "Key Vault Administrator", Standing::DataActions),
    role("f25e0fa2-a7c8-4377-a976-54943a77a395", "Key Vault Contributor", Standing::Allowed),
    role("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User", Standing::DataActions),
    role("92aaf0da-9dab-42b6-94a3-d43ce8d16293", "Log Analytics Contributor", Standing::DataActions),
    role("73c42c96-874c-492b-b04d-ab87d138a893", "Log Analytics Reader", Standing::DataActions),
    role("87a39d53-fc1b-424a-814c-f7e04687dc9e", "Logic App Contributor", Standing::Allowed),
    role("c7393b34-138c-406f-901b-d8cf2b17e6ae", "Managed Application Operator Role", Standing::Allowed),
    role("b9331d33-8a36-4f8c-b097-4f54124fdb44", "Managed Applications Reader", Standing::Allowed),
    role("e40ec5ca-96e0-45a2-b4ff-59039f2c2b59", "Managed Identity Contributor", Standing::Allowed),
    role("f1a07417-d97a-45cb-824c-7a7467783830", "Managed Identity Operator", Standing::Allowed),
    role("91c1777a-f3dc-4fae-b103-61d183457e46", "Managed Services Registration assignment Delete Role", Standing::Allowed),
    role("e4395492-1534-4db2-bedf-88c14621589c", "Media Services Media Operator", Standing::Deprecated),
    role("749f88d5-cbae-40b8-bcfc-e573ddc772fa", "Monitoring Contributor", Standing::Allowed),
    role("3913510d-42f4-4e42-8a64-420c390055eb", "Monitoring Metrics Publisher", Standing::DataActions),
    role("43d0d8ad-25c7-4714-9337-8ba259a9fe05", "Monitoring Reader", Standing::Allowed),
    role("4d97b98b-1d4f-4787-a291-c67834d212e7", "Network Contributor", Standing::Allowed),
    role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", Standing::Owner),
    role("b12aa53e-6015-4669-85d0-8515ebb3ae7f", "Private DNS Zone Contributor", Standing::Allowed),
    role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", Standing::Allowed),
    role("c12c1c16-33a1-487b-954d-41c89c60f349", "Reader and Data Access", Standing::Allowed),
    role("a8889054-8d42-49c9-bc1c-52486c10e7cd", "Reservations Administrator", Standing::Restricted),
    role("36243c78-bf99-498c-9df9-86d9f8d28608", "Resource Policy Contributor", Standing::Allowed),
    role("f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator", Standing::Restricted),
    role("fb1c8493-542b-48eb-b624-b4c8fea62acd", "Security Admin", Standing::Allowed),
    role("39bc4728-0917-49c7-9d2c-d95423bc2eb4", "Security Reader", Standing::Allowed),
    role("6670b86e-a3f7-4917-ac9b-5d6ab1be4567", "Site Recovery Contributor", Standing::Allowed),
    role("9b7fa17d-e63e-47b0-bb0a-15c516ac86ec", "SQL DB Contributor", Standing::Allowed),
    role("6d8ee4ec-f05a-4a1d-8b00-a9b17e38b437", "SQL Server Contributor", Standing::Allowed),
    role("e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1", "Storage Account Backup Contributor", Standing::Restricted),
    role("17d1049b-9a84-46fb-8f53-869881c3d3ab", "Storage Account Contributor", Standing::Allowed),
    role("81a9662b-bebf-436f-a333-f67b29880f12", "Storage Account Key Operator Service Role", Standing::Allowed),
    role("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor", Standing::DataActions),
    role("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "Storage Blob Data Owner", Standing::DataActions),
    role("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader", Standing::DataActions),
    role("974c5e8b-45b9-4653-ba55-5f855dd0fb88", "Storage Queue Data Contributor", Standing::DataActions),
    role("cfd33db0-3dd1-45e3-aa9d-cdbdf3b6f24e", "Support Request Contributor", Standing::Allowed),
    role("4a9ae827-6dc8-4573-8ac7-8239d42aa03f", "Tag Contributor", Standing::Allowed),
    role("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator", Standing::UserAccessAdministrator),
    role("1c0163c0-47e6-4577-8991-ea5c82e286e4", "Virtual Machine Administrator Login", Standing::DataActions),
    role("9980e02c-c2be-4d73-94e8-173b1dc7cf3c", "Virtual Machine Contributor", Standing::Allowed),
    role("66f75aeb-eabe-4b70-9f1e-c350c4c9ad04", "Virtual Machine Data Access Administrator (preview)", Standing::Restricted),
    role("602da2ba-a5c2-41da-b01d-5360126ab525", "Virtual Machine Local User Login", Standing::DataActions),
    role("fb879df8-f326-4884-b1cf-06f3ad86be52", "Virtual Machine User Login", Standing::DataActions),
    role("2cc479cb-7b4d-49a8-b449-8c00fd0f0a4b", "Web Plan Contributor", Standing::Allowed),
    role("de139f84-1756-47ae-9be6-808fbbe84772", "Website Contributor", Standing::Allowed),
    role("a6333a3e-0164-44c3-b281-7a577aff287f", "Windows Admin Center Administrator Login", Standing::DataActions),
];
