//! Sign-in: the `AADSTS` numbers. Source:
//! <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>

use super::entry::entries;

entries! {
    "AADSTS7000215" "the client secret is wrong"
        cause "The value is not one of the application's secrets; often the Secret ID was copied, or the secret is only a minute old."
        fix "The secret is wrong. Copy the secret's Value, not its Secret ID, and run `az-imageshare credential rotate`, or correct AZURE_CLIENT_SECRET if it came from there."
            "Make and keep a new one, as an owner of the application: `az-imageshare share app secret add --client-id APP`."
        link "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
        text "Invalid client secret provided" "Invalid client secret is provided";
    "AADSTS7000222" "the client secret has expired"
        cause "Secrets of an application end on the day that was set when they were made."
        fix "The secret has expired. Create a new one in Entra and run `az-imageshare credential rotate`."
            "Be reminded next time: `az-imageshare credential rotate -n NAME --secret-expires-on DATE`."
        link "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-code-aadsts7000222-invalidclientsecret"
        text "The provided client secret keys for app {app} are expired" "The provided client secret keys are expired";
    "AADSTS50012" "the client secret is wrong"
        cause "Older libraries say so of a secret that is wrong, or of which the ID was copied instead of the value."
        fix "Make and keep a new one, as an owner of the application: `az-imageshare share app secret add --client-id APP`."
        text "AADSTS50012: Invalid client secret is provided";
    "AADSTS700016" "the application is not in that tenant"
        cause "The client id is wrong, the tenant is wrong, the application is for one tenant only, no one has consented to it, or it is in another cloud."
        fix "The application is not in that tenant: check its ID and the tenant. If both are right, an administrator of that tenant lets it in: `az-imageshare share app accept --client-id APPID --tenant TENANT`."
            "The same in the browser: `az-imageshare share app consent-url --client-id APPID --tenant TENANT`."
        link "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-code-aadsts700016-app-not-found"
        text "Application with identifier {app} was not found in the directory";
    "AADSTS7000229" "the application has no service principal in that tenant"
        cause "The application exists, but its enterprise application in this tenant was never made, or was deleted."
        fix "Create it as an administrator of that tenant: `az-imageshare share app accept --client-id APPID --tenant TENANT`."
        text "missing service principal in the tenant";
    "AADSTS7000112" "the application is disabled"
        cause "An administrator has switched the application or its service principal off."
        fix "Have an administrator of the tenant enable it: Enterprise applications, Properties, Enabled for users to sign in."
        text "Application {app} is disabled";
    "AADSTS7000216" "no secret, certificate or assertion was sent"
        cause "The application is a confidential client and has to prove who it is."
        fix "Give it a secret or certificate: `az-imageshare credential add --help`.";
    "AADSTS90002" "there is no such tenant in this cloud"
        cause "The tenant id or domain is wrong, or it belongs to another cloud (public, US government, China)."
        fix "Run `az-imageshare status`: it shows the cloud in use and the tenants of your credentials."
            "For a tenant of another cloud, run the command again with `--cloud AzureUSGovernment` or `--cloud AzureChinaCloud`."
        text "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID";
    "AADSTS900023" "not a valid tenant name"
        cause "The tenant is neither a GUID nor a domain that a tenant has verified."
        fix "Run `az-imageshare status`: it shows the tenants of your credentials, as `--tenant` takes them."
        text "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain";
    "AADSTS90019" "no tenant was named"
        cause "Neither the request nor the sign-in name says which tenant is meant."
        fix "Name it: `--tenant GUID|DOMAIN`.";
    "AADSTS50059" "no tenant was named"
        cause "Neither the request nor the credentials say which tenant is meant."
        fix "Name it: `--tenant GUID|DOMAIN`."
        text "No tenant-identifying information found";
    "AADSTS700024" "the assertion is outside its time"
        cause "The signed statement of a certificate or federation is too old or from the future: a clock is wrong, or a pipeline's token was kept too long."
        fix "The assertion is outside its time: check this computer's clock."
            "In a pipeline, fetch the federated token right before it is used; it lives for minutes."
        text "Client assertion is not within its valid time range";
    "AADSTS700027" "the certificate is not registered on the application"
        cause "Entra could not verify the signature: it does not know this certificate, or it has expired."
        fix "The certificate is not registered on the application: upload it in Entra under Certificates & secrets."
            "`az ad app credential reset --id APP --append --cert @cert.pem`"
        text "The certificate with identifier used to sign the client assertion is not registered on application" "Client assertion failed signature validation" "The certificate used to sign the client assertion is expired";
    "AADSTS50027" "the assertion or token is damaged"
        cause "The signed statement is not a valid JWT, or lacks something Entra needs."
        fix "Make a new certificate or federated token and try again: `az-imageshare credential test -n NAME`.";
    "AADSTS700021" "the assertion's issuer or subject is not the application"
        cause "In a statement that a certificate signs, issuer and subject have to be the client id."
        fix "Check --client-id: `az-imageshare credential show -n NAME`.";
    "AADSTS700023" "the assertion is for a different audience"
        cause "The audience of the signed statement is not this tenant's token endpoint."
        fix "Check the cloud and the tenant: `az-imageshare doctor`, `az-imageshare credential show -n NAME`.";
    "AADSTS700213" "no federated credential matches"
        cause "The application trusts federations, but none with this token's subject."
        fix "No federated credential of the application matches the token's issuer, subject and audience."
            "Add one with exactly these values: `az ad app federated-credential create --id APP --parameters FILE`."
        link "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust"
        text "No matching federated identity record found for presented assertion subject '{subject}'";
    "AADSTS70021" "no federated credential matches"
        cause "The token's issuer, subject or audience is none that the application trusts; they are compared letter by letter."
        fix "Compare them with `az ad app federated-credential list --id APP`."
            "Add one with exactly these values: `az ad app federated-credential create --id APP --parameters FILE`."
        link "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust"
        text "No matching federated identity record found for presented assertion";
    "AADSTS7002138" "no federated credential matches, letter by letter"
        cause "Entra compares subjects with upper and lower case since 2025, and a credential has the name in another case."
        fix "Correct its subject: `az ad app federated-credential list --id CLIENT_ID`, then `az ad app federated-credential update`."
        link "https://github.com/Azure/login/issues/517"
        text "AADSTS7002138: No matching federated identity record found";
    "AADSTS700211" "no federated credential has this issuer"
        cause "The token comes from an issuer that the application does not trust."
        fix "Compare the issuer with `az ad app federated-credential list --id APP`.";
    "AADSTS700212" "no federated credential has this audience"
        cause "The token is for another audience; Entra wants api://AzureADTokenExchange."
        fix "Ask the issuer for a token with the audience api://AzureADTokenExchange, and compare with `az ad app federated-credential list --id APP`.";
    "AADSTS50076" "the tenant asks for multi-factor authentication"
        cause "A person has to confirm with a second factor, and each tenant asks anew."
        fix "The tenant asks for multi-factor authentication: run `az login` in that tenant."
            "`az login --tenant TENANT --scope https://management.core.windows.net//.default`"
            "For programs use an application: `az-imageshare credential add --help`."
        text "you must use multi-factor authentication to access";
    "AADSTS50079" "the tenant asks for multi-factor authentication"
        cause "A person has to register a second factor first."
        fix "The tenant asks for multi-factor authentication: run `az login` in that tenant."
        text "you must enroll in multi-factor authentication to access";
    "AADSTS50078" "the multi-factor authentication has ended"
        cause "The tenant asks for the second factor again after a while."
        fix "Run `az login` in that tenant."
        text "Presented multi-factor authentication has expired";
    "AADSTS53003" "conditional access blocks the sign-in"
        cause "A policy of the tenant forbids it from this place, device, network or application."
        fix "Conditional access blocks this sign-in: ask the tenant's administrator."
            "The administrator finds the policy in Entra under Sign-in logs, by the correlation id."
        text "Access has been blocked by Conditional Access policies";
    "AADSTS53000" "the device does not comply with the tenant's policy"
        cause "Conditional access wants a managed device."
        fix "Sign in from a managed device, or ask the tenant's administrator.";
    "AADSTS530084" "the tenant asks for token protection"
        cause "Conditional access wants tokens that are bound to the device. Tokens of this program are not bound."
        fix "Ask the tenant's administrator to leave this application out of the policy."
            "Or sign in as an application: `az-imageshare credential add --help`.";
    "AADSTS530003" "the device has to be managed"
        cause "Conditional access wants a registered device, which a device code sign-in cannot show."
        fix "Sign in with a browser on a managed device: `az login`.";
    "AADSTS50020" "the account is not in that tenant"
        cause "The person is at home in another tenant, and is not invited here, or has not accepted the invitation yet."
        fix "Have them invited and the invitation accepted, then run `az login --tenant TENANT`."
        link "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-code-aadsts50020-user-account-identity-provider-does-not-exist"
        text "User account '{user}' from identity provider '{provider}' does not exist in tenant" "User account '{user}' does not exist in tenant '{tenant}'";
    "AADSTS50034" "the account does not exist"
        cause "The sign-in name is misspelt, or belongs to another tenant."
        fix "Check the name, and the tenant: `az login --tenant TENANT`."
        text "The user account {user} does not exist in the";
    "AADSTS50126" "user name or password is wrong"
        cause "Entra does not accept them; a password alone is often refused for multi-factor reasons too."
        fix "Sign in with a browser: `az-imageshare credential add -n NAME --sign-in browser …`."
        text "Error validating credentials due to invalid username or password";
    "AADSTS50053" "the account is locked"
        cause "Too many wrong passwords, or a sign-in from an address that Entra distrusts."
        fix "Wait some minutes, or ask the tenant's administrator, then run `az login`.";
    "AADSTS50057" "the account is disabled"
        cause "An administrator has switched the account off."
        fix "Ask the tenant's administrator, or use another account: `az login`.";
    "AADSTS50105" "the account is not assigned to the application"
        cause "The enterprise application wants its users to be assigned."
        fix "Have an administrator assign the account: Enterprise applications, Users and groups.";
    "AADSTS65001" "no one has consented to the application"
        cause "The tenant has not agreed that the application may have what it asks for."
        fix "No one has consented to the application in that tenant: ask its administrator."
        text "has not consented to use the application with ID";
    "AADSTS65004" "the consent was declined"
        cause "The person in front of the consent page said no."
        fix "Open the consent page again and accept, or have an administrator do it."
        text "User declined to consent to access the app";
    "AADSTS90094" "an administrator has to consent"
        cause "The tenant does not let its users consent to applications; the page says: Need admin approval."
        fix "Send the tenant's administrator the address for administrators (it contains /adminconsent)."
        link "https://learn.microsoft.com/entra/identity-platform/v2-admin-consent"
        text "Admin consent is required" "Need admin approval";
    "AADSTS50011" "the redirect address does not match"
        cause "The address in the link is not exactly one that the application has registered."
        fix "Register it, or correct the link: `az ad app update --id APP --web-redirect-uris URI`."
        text "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured" "The reply URL specified in the request does not match";
    "AADSTS500113" "the application has no redirect address"
        cause "Entra does not know where to send the browser after the consent. The service principal was made all the same."
        fix "Nothing: the consent worked. Look with `az ad sp show --id APPID` in the consenting tenant."
            "To be rid of the message: `az ad app update --id APP --web-redirect-uris http://localhost`."
        text "No reply address is registered for the application";
    "AADSTS500011" "the resource is not in that tenant"
        cause "The audience (resource or scope) is wrong, or its service principal is missing in this tenant."
        fix "Check --resource or --scope; Resource Manager's is in `az cloud show --query endpoints.activeDirectoryResourceId`."
        text "The resource principal named {resource} was not found in the tenant";
    "AADSTS70011" "the scope is not valid"
        cause "The scope is misspelt, or has more than one audience."
        fix "Give one scope that ends in /.default: `az-imageshare token get --scope RESOURCE/.default`."
        text "The provided value for the input parameter 'scope' is not valid";
    "AADSTS1002012" "the scope is not valid for an application"
        cause "An application asks for an audience followed by /.default and for nothing else."
        fix "`az-imageshare token get --scope RESOURCE/.default`";
    "AADSTS900144" "the request lacks a parameter"
        cause "Something between here and Entra altered the request, or it was put together by hand."
        fix "Sign in with `az-imageshare credential test -n NAME`, and check HTTPS_PROXY."
        text "The request body must contain the following parameter";
    "AADSTS9002313" "the request is malformed"
        cause "The refresh token or the request is damaged, or was issued for a different client."
        fix "Sign in anew: `az login`."
        text "Invalid request. Request is malformed or invalid";
    "AADSTS70003" "the kind of sign-in is not supported"
        cause "The application or tenant does not know this grant type."
        fix "Check the application: `az-imageshare credential show -n NAME`.";
    "AADSTS70000" "the code or token is not valid"
        cause "A device code or refresh token was used before, is for another client, or was revoked."
        fix "Sign in anew: `az login`."
        text "The provided value for the input parameter 'device_code' is not valid";
    "AADSTS70008" "the sign-in has expired"
        cause "The refresh token ended because of its age."
        fix "Sign in anew: `az login --tenant TENANT`."
        text "The refresh token has expired due to inactivity" "The provided authorization code or refresh token has expired";
    "AADSTS700082" "the sign-in has expired"
        cause "The refresh token was not used for 90 days."
        fix "Sign in anew: `az login --tenant TENANT`."
        text "The refresh token has expired due to inactivity. The token was issued on";
    "AADSTS70043" "the sign-in has expired"
        cause "Conditional access limits how long a sign-in lasts."
        fix "Sign in anew: `az login --tenant TENANT`."
        text "The refresh token has expired or is invalid due to sign-in frequency checks";
    "AADSTS50173" "the sign-in was revoked"
        cause "The password was changed or an administrator ended all sign-ins since."
        fix "Sign in anew: `az login --tenant TENANT`."
        text "The provided grant has expired due to it being revoked";
    "AADSTS70016" "the code has not been entered yet"
        cause "The device code waits for a person at a browser."
        fix "Open the page that was shown and enter the code; `az login --use-device-code` shows a new one."
        text "Authorization is pending. Continue polling";
    "AADSTS70044" "the session has expired"
        cause "Conditional access limits how long a session lasts."
        fix "Sign in anew: `az login --tenant TENANT`.";
}
