//! What goes wrong on one's own computer: files, keys, keyrings, proxies, and the tools beside az.
//! Source: the threads in `tests/it/data/error-threads.tsv`.

use super::entry::entries;

entries! {
    "file.Json" "the file is not the JSON that was expected"
        cause "It has a byte order mark, UTF-16, a trailing comma or a comment that the tool does not read, or it is another kind of file."
        fix "This program reads all of those: `az-imageshare delegation plan --parameters FILE`. For other tools save it as UTF-8 without a byte order mark."
        text "Unexpected UTF-8 BOM" "in JSON at position" "SyntaxError: Unexpected token" "error: Unexpected token" "does not appear to be an Azure Resource Manager deployment template file";
    "key.Pem" "the file is not a PEM with certificate and private key"
        cause "It holds only one of the two, is DER or PFX under another name, or its key is encrypted or of an unsupported kind."
        fix "Make one file of both: `openssl pkcs12 -in app.pfx -nodes -out app.pem`, then `az-imageshare credential add -n NAME --certificate app.pem --tenant TENANT --client-id ID`."
        link "https://learn.microsoft.com/cli/azure/azure-cli-sp-tutorial-3"
        text "PEM routines" "Unable to load PEM file" "PEM lib (_ssl" "Could not deserialize key data" "Invalid certificate, please use a valid PEM file";
    "key.PfxPassword" "the PFX file's password is wrong or missing"
        cause "The file was exported with another password (perhaps with a line break in it), or it has no integrity check at all."
        fix "Export it again, or give the password: `az-imageshare credential add -n NAME --certificate app.pfx --secret-file PASSWORD-FILE --tenant TENANT --client-id ID`."
        text "mac verify failure" "Mac verify error" "The specified network password is not correct" "The certificate data cannot be read with the provided password" "may require a password which has not been provided";
    "key.Provider" "the key is in a store that the tool cannot sign with"
        cause "Windows keeps it in a CNG provider, which older .NET programs cannot use."
        fix "Export it with its private key, and keep it here: `az-imageshare credential add -n NAME --certificate app.pfx --tenant TENANT --client-id ID`."
        text "Invalid provider type specified" "use a different certificate type (non-CNG)" "known issue with apps build against .NET Desktop";
    "keyring.Missing" "no keyring runs in this session"
        cause "The secret service of the desktop is not installed, was not started, or has no collection yet, as over ssh or in a container."
        fix "Look what is missing: `az-imageshare doctor`. Start gnome-keyring, KWallet or KeePassXC, or use AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET."
        text "org.freedesktop.secrets was not provided by any .service files" "org.freedesktop.Secret.Collection" "secret service operation failed";
    "keyring.Locked" "the keyring is locked"
        cause "The password prompt was not answered, or there is no display to ask on."
        fix "Unlock it (`gnome-keyring-daemon --unlock` reads the password from standard input), then look with `az-imageshare doctor`."
        text "in a locked collection" "Secret.Error.IsLocked";
    "keyring.Stale" "the keyring does not know an entry that it listed"
        cause "gnome-keyring lost track after an unlock at login; a restart of its daemon helps."
        fix "Sign out and in again, then look with `az-imageshare doctor`."
        text "No such secret item at path";
    "proxy.Authentication" "the proxy wants a name and a password"
        cause "HTTPS_PROXY has none, or wrong ones; characters such as @ and \\ in them have to be percent-encoded."
        fix "Set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT, and look with `az-imageshare doctor --online`."
        text "407 Proxy Authentication Required" "(407) Proxy" "status code '407'" "statusCode=407";
    "proxy.Refused" "the proxy does not let the request through"
        cause "The address in HTTPS_PROXY or ALL_PROXY is wrong, or the proxy does not allow the host."
        fix "Correct or unset the variable, and look where it ends: `az-imageshare doctor --online`."
        text "Tunnel connection failed" "Cannot connect to proxy" "tunneling socket could not be established";
    "tls.Version" "the other side does not speak TLS"
        cause "Something between here and Azure answers in plain HTTP: mostly a proxy that is given with https:// and wants http://."
        fix "Look at HTTPS_PROXY, and where it ends: `az-imageshare doctor --online`."
        text "wrong version number";
    "az.CacheSealed" "az's own token cache cannot be decrypted"
        cause "It was sealed under another user or an elevated shell; Windows opens it for no other user."
        fix "Delete msal_token_cache.bin in az's folder and run `az login`; a credential of this program does not need it: `az-imageshare credential add --help`."
        link "https://github.com/Azure/azure-cli/issues/20231"
        text "Key not valid for use in specified state" "WinError -2146893813" "Error decrypting data of size";
    "az.CacheEmpty" "az's login is listed, but its token is gone"
        cause "The token cache was cleared or belongs to another broker account."
        fix "`az logout`, then `az login`."
        text "Can't find token from MSAL cache";
    "terraform.AzLogin" "Terraform finds no usable az login"
        cause "It asks az for a token where no client ID and secret were given; az is not logged in, or does not know the subscription."
        fix "`az login`, and set ARM_SUBSCRIPTION_ID; or set ARM_CLIENT_ID, ARM_CLIENT_SECRET and ARM_TENANT_ID."
        link "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/azure_cli"
        text "from Azure CLI: parsing json result from the Azure CLI" "from Azure CLI: Error parsing json result" "is not known by Azure CLI" "Azure CLI Authorization Profile was not found" "subscription ID could not be determined and was not specified";
    "terraform.LighthouseVersion" "the azurerm provider is too old for the Lighthouse resource"
        cause "azurerm_lighthouse_definition came with version 2.28; early versions require another set of arguments."
        fix "Pin azurerm to a current version; what it made can be taken over: `az-imageshare delegation create --adopt --help`."
        text "azurerm_lighthouse_definition Error: Invalid resource type" "The argument \"scope\" is required, but no definition was found";
}
