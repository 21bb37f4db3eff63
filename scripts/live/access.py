"""Rows about roles, applications and what proves them."""

import base64
import hashlib
import json
import pathlib
import subprocess
import tempfile
import time
import uuid

from live.azure import Answer, Application, NotTried
from live.lighthouse import CONTRIBUTOR, IMAGE_READER, LEAVE
from live.trial import GALLERIES, READER, ROLES


BUILT_IN = {
    "Reader": READER,
    "Contributor": CONTRIBUTOR,
    "Compute Gallery Image Reader": IMAGE_READER,
    "Managed Services Registration assignment Delete Role": LEAVE,
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "Virtual Machine Contributor": "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
    "Network Contributor": "4d97b98b-1d4f-4787-a291-c67834d212e7",
    "Managed Identity Operator": "f1a07417-d97a-45cb-824c-7a7467783830",
}


class Access:
    """Applications of both tenants; none gets a permission."""

    application = reader = None

    def own_principal(self):
        path = f"/v1.0/servicePrincipals(appId='{self.publisher.client}')"
        found = self.publisher.send("GET", path, host=self.publisher.graph)
        principal = (found.json or {}).get("id")
        if not principal:
            raise NotTried("the publisher's credential may not read its own service principal")
        return principal

    def give(self, name, principal, kind="ServicePrincipal", role=READER):
        path = f"{self.gallery}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version={ROLES}"
        properties = {
            "roleDefinitionId": self.role_id(role),
            "principalId": principal,
            **({"principalType": kind} if kind else {}),
        }
        return self.put(path, {"properties": properties}, "a role assignment")

    def national_roles(self):
        for name, role in BUILT_IN.items():
            answer = self.publisher.send("GET", f"{self.role_id(role)}?api-version={ROLES}")
            if answer.status != 200:
                answer.note = name
                break
        return answer

    def role_principal_unknown(self):
        return self.give(str(uuid.uuid4()), str(uuid.uuid4()), kind=None)

    def role_again(self):
        name, principal = str(uuid.uuid4()), self.own_principal()
        self.need(self.give(name, principal), "the first assignment")
        return self.give(name, principal)

    def role_twice(self):
        return self.give(str(uuid.uuid4()), self.own_principal())

    def role_type_wrong(self):
        return self.give(str(uuid.uuid4()), self.own_principal(), kind="Group")

    def custom_role(self, name):
        properties = {
            "roleName": f"imageshare live {self.mark}",
            "type": "CustomRole",
            "assignableScopes": [self.group],
            "permissions": [{"actions": ["Microsoft.Compute/galleries/read"]}],
        }
        path = f"{self.group}/providers/Microsoft.Authorization/roleDefinitions/{name}?api-version={ROLES}"
        return path, self.put(path, {"properties": properties}, "a custom role")

    def role_name_taken(self):
        self.role, other = str(uuid.uuid4()), str(uuid.uuid4())
        self.need(self.custom_role(self.role)[1], "the first role")
        return self.custom_role(other)[1]

    def role_used(self):
        path, answer = self.custom_role(getattr(self, "role", str(uuid.uuid4())))
        self.need(answer, "the role")
        principal, name = self.own_principal(), str(uuid.uuid4())
        role = path.split("/")[-1].split("?")[0]
        # A role that was made a moment ago is not known everywhere.
        given = self.until(5, lambda: self.given_or_none(name, principal, role))
        if given is None:
            raise NotTried("the role could not be assigned")
        return self.publisher.send("DELETE", path)

    def given_or_none(self, name, principal, role):
        answer = self.give(name, principal, role=role)
        return answer if answer.status in (200, 201) else None

    # --- applications ---

    def register(self, side):
        """An application with its service principal: object ID, client ID, and the principal's ID."""
        name = f"imageshare-live-{uuid.uuid4().hex[:8]}"
        body = {"displayName": name, "signInAudience": "AzureADMyOrg"}
        made = side.send("POST", "/v1.0/applications", body, host=side.graph)
        if made.status == 403:
            raise NotTried("the credential may not create applications")
        made = self.need(made, "the application").json
        self.remember(side, f"/v1.0/applications/{made['id']}", "an application", side.graph)
        return made["id"], made["appId"], self.principal_of(side, made["appId"])

    def principal_of(self, side, client):
        body, path = {"appId": client}, "/v1.0/servicePrincipals"
        created = self.until(5, lambda: self.created_or_none(side.send("POST", path, body, host=side.graph)))
        if created is None:
            raise NotTried("no service principal could be made")
        return created.json["id"]

    def created_or_none(self, answer):
        return answer if answer.status == 201 else None

    def unique_name(self):
        name = f"imageshare-live-{uuid.uuid4().hex[:8]}"
        path, body = f"/v1.0/applications(uniqueName='{name}')", {"displayName": name}
        answer = self.consumer.send("PATCH", path, body, {"Prefer": "create-if-missing"}, host=self.consumer.graph)
        if answer.status == 403:
            raise NotTried("the consumer's credential may not create applications")
        if answer.status == 201:
            self.application = answer.json["id"], answer.json["appId"]
            self.remember(self.consumer, f"/v1.0/applications/{self.application[0]}", "an application", self.consumer.graph)
        return answer

    def service_principal_again(self):
        client = self.own_application()[1]
        self.principal_of(self.consumer, client)
        return self.consumer.send("POST", "/v1.0/servicePrincipals", {"appId": client}, host=self.consumer.graph)

    def own_application(self):
        if not self.application:
            raise NotTried("no application was made")
        return self.application

    def add_secret(self, side, application):
        path = f"/v1.0/applications/{application}/addPassword"
        body = {"passwordCredential": {"displayName": "live-check"}}
        return self.need(side.send("POST", path, body, host=side.graph), "a client secret").json["secretText"]

    def secret_delay(self):
        application, client = self.own_application()
        secret = self.add_secret(self.consumer, application)
        user = Application(self.consumer.cloud, self.consumer.tenant, client, lambda: {"client_secret": secret})
        begin = time.monotonic()
        refusals = []

        def attempt():
            answer = user.sign_in(user.graph)
            if answer.status != 200:
                refusals.append(answer.code)
            # 700016: the application itself is not known everywhere yet.
            return None if answer.code in ("AADSTS7000215", "AADSTS700016") else answer

        answer = self.until(2, attempt)
        if answer is None:
            raise NotTried(f"no sign-in within {self.patience:.0f} seconds: {refusals[-1]}")
        answer.note = f"after {time.monotonic() - begin:.0f} s, {', '.join(sorted(set(refusals))) or 'nothing'} before"
        return answer

    def key_proof(self):
        application, client = self.own_application()
        with tempfile.TemporaryDirectory() as folder:
            old, new = Certificate(pathlib.Path(folder), "old"), Certificate(pathlib.Path(folder), "new")
            key = {"type": "AsymmetricX509Cert", "usage": "Verify", "key": old.text}
            path = f"/v1.0/applications/{application}"
            self.need(self.consumer.send("PATCH", path, {"keyCredentials": [key]}, host=self.consumer.graph), "the certificate")
            user = Application(self.consumer.cloud, self.consumer.tenant, client, lambda: old.assertion(user.endpoint, client))
            signed_in = self.until(2, lambda: self.signed_in_or_none(user))
            if signed_in is None:
                raise NotTried("no sign-in with the certificate")
            key = {"type": "AsymmetricX509Cert", "usage": "Verify", "key": new.text}
            proof = old.sign("00000002-0000-0000-c000-000000000000", application, application)
            body = {"keyCredential": key, "passwordCredential": None, "proof": proof}
            return user.send("POST", f"{path}/addKey", body, host=user.graph)

    def signed_in_or_none(self, user):
        answer = user.sign_in(user.graph)
        return answer if answer.status == 200 else None

    def gallery_reader(self):
        """An application of the publisher's tenant with Reader on the gallery alone."""
        if self.reader is None:
            application, client, principal = self.register(self.publisher)
            name = str(uuid.uuid4())
            if self.until(5, lambda: self.given_or_none(name, principal, READER)) is None:
                raise NotTried("the role could not be given")
            secret = self.add_secret(self.publisher, application)
            user = Application(self.publisher.cloud, self.publisher.tenant, client, lambda: {"client_secret": secret})
            user.graph, graph = user.management, user.graph
            if self.until(2, lambda: self.signed_in_or_none(user)) is None:
                raise NotTried("its client secret did not work in time")
            user.graph = graph
            self.reader = user
        return self.reader

    def reader_subscription(self):
        user, last = self.gallery_reader(), []

        def attempt():
            last[:] = [user.send("GET", "/subscriptions?api-version=2022-12-01")]
            seen = [f"/subscriptions/{each['subscriptionId']}" for each in (last[0].json or {}).get("value") or []]
            return last[0] if self.subscription in seen else None

        answer = self.until(15, attempt)
        if answer is None:
            answer = Answer(last[0].status)
            answer.code = "without it"
        return answer

    def reader_list(self):
        path = f"{self.subscription}/providers/Microsoft.Compute/galleries?api-version={GALLERIES}"
        return self.gallery_reader().send("GET", path)

    def graph_gallery_reader(self):
        user = self.gallery_reader()
        query = f"resources | where id =~ '{self.gallery}' | project id"
        answer = self.until(15, lambda: self.rows_or_none(user, query))
        if answer is None:
            answer = user.ask(query)
            answer.code = answer.code or "no rows"
        return answer


class Certificate:
    """A key of two days, made by OpenSSL in a folder that is removed."""

    def __init__(self, folder, name):
        self.key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
        arguments = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=live-check"]
        openssl(*arguments, "-keyout", str(self.key), "-out", str(certificate))
        self.der = openssl("x509", "-in", str(certificate), "-outform", "DER")
        self.text = base64.b64encode(self.der).decode()

    def sign(self, audience, issuer, subject):
        now = int(time.time())
        header = {"alg": "RS256", "typ": "JWT", "x5t": web(hashlib.sha1(self.der).digest())}
        claims = {"aud": audience, "iss": issuer, "sub": subject, "jti": str(uuid.uuid4()), "nbf": now, "exp": now + 600}
        signed = ".".join(web(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{web(openssl('dgst', '-sha256', '-sign', str(self.key), given=signed.encode()))}"

    def assertion(self, endpoint, client):
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return {"client_assertion_type": kind, "client_assertion": self.sign(endpoint, client, client)}


def openssl(*arguments, given=None):
    try:
        return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as why:
        raise NotTried("openssl made no certificate") from why


def web(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
