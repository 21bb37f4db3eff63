//! The arguments that name one delegation, shared by `show`, `verify` and `delete`.

use crate::id::TenantId;
use crate::ops::delegation::lookup::Wanted;

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct WantedArgs {
    /// The offer's name, or the definition's GUID or full id
    #[arg(long, short, value_name = "NAME|ID")]
    pub(crate) name: String,
    /// The consumer's tenant, where several have an offer of that name
    #[arg(long, visible_aliases = ["managing-tenant", "managed-by-tenant-id"], value_name = "GUID")]
    consumer_tenant: Option<TenantId>,
}

impl From<WantedArgs> for Wanted {
    fn from(args: WantedArgs) -> Wanted {
        Wanted {
            name: args.name,
            consumer: args.consumer_tenant,
        }
    }
}
