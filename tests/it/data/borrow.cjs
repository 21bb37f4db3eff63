// Borrows a token as a program with an Azure SDK does, and prints it: KIND RESOURCE [TENANT] [CLAIMS].
const identity = require("@azure/identity");

const [kind, resource, tenantId, claims] = process.argv.slice(2);
const made = {
  mi: () => new identity.ManagedIdentityCredential(),
  default: () => new identity.DefaultAzureCredential(),
  cli: () => new identity.AzureCliCredential(),
  azd: () => new identity.AzureDeveloperCliCredential(),
};
const options = { ...(tenantId && { tenantId }), ...(claims && { claims }) };
made[kind]().getToken(resource + "/.default", options).then(
  (found) => console.log(found.token),
  (refused) => {
    console.error(`${refused.name}: ${refused.message}`);
    process.exit(1);
  },
);
