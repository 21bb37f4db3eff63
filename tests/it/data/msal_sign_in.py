"""Signs in with MSAL as an application and prints the claims of the token it got."""
import base64
import json
import sys

import msal

authority, client_id, secret, scope = sys.argv[1:]
app = msal.ConfidentialClientApplication(
    client_id, authority=authority, client_credential=secret, instance_discovery=False
)
answer = app.acquire_token_for_client([scope])
if "access_token" not in answer:
    sys.exit(json.dumps(answer))
payload = answer["access_token"].split(".")[1]
print(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode())
