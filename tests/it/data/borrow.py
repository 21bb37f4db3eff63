"""Borrows a token as a program with an Azure SDK does, and prints it: KIND RESOURCE [TENANT] [CLAIMS]."""

import sys

kind, resource, tenant, claims = (sys.argv[1:] + ["", ""])[:4]
scope = resource + "/.default"
options = {"tenant_id": tenant} if tenant else {}
if kind == "msal":
    import msal
    import requests

    client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=requests.Session())
    found = client.acquire_token_for_client(resource=resource)
    print(found["access_token"] if "access_token" in found else sys.exit(str(found)))
    sys.exit()

import azure.identity

made = {
    "mi": azure.identity.ManagedIdentityCredential,
    "default": azure.identity.DefaultAzureCredential,
    "cli": azure.identity.AzureCliCredential,
    "azd": azure.identity.AzureDeveloperCliCredential,
}
try:
    wanted = {**options, **({"claims": claims} if claims else {})}
    print(made[kind]().get_token(scope, **wanted).token)
except Exception as refused:
    sys.exit(f"{type(refused).__name__}: {refused}")
