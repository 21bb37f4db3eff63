"""Requests to Azure in the name of one identity, and what came back."""

import functools
import json
import os
import pathlib
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request


# Seconds for which a token is not asked for again; the program gives none that ends in less than five minutes.
KEPT = 240


class NotTried(Exception):
    """Something that the row needs is not there; the text says what."""


class Answer:
    """Status and error code of one response, as a belief names them; the note is shown and not judged."""

    def __init__(self, status, headers=None, body=b"", note=""):
        self.status, self.headers, self.note = status, headers or {}, note
        try:
            self.json = json.loads(body or b"null")
        except ValueError:
            self.json = None
        error = self.json.get("error") if isinstance(self.json, dict) else None
        self.code = error.get("code") if isinstance(error, dict) else None

    def __str__(self):
        return f"{self.status} {self.code}" if self.code else str(self.status)

    @property
    def shown(self):
        return f"{self} ({self.note})" if self.note else str(self)

    @property
    def properties(self):
        return (self.json.get("properties") if isinstance(self.json, dict) else None) or {}

    @property
    def rows(self):
        """What a query of Resource Graph gave."""
        return (self.json.get("data") if isinstance(self.json, dict) else None) or []


class Cloud:
    """The hosts of a cloud."""

    def __init__(self, name, management, graph, login):
        self.name, self.management, self.graph, self.login = name, management, graph, login


class Identity:
    """Something that signs in; a subclass brings the tokens."""

    def __init__(self, cloud):
        self.cloud, self.management, self.graph = cloud, cloud.management, cloud.graph

    def token(self, resource):
        raise NotImplementedError

    def send(self, method, path, body=None, headers=None, host=None, signed=True):
        host = host or self.management
        request = urllib.request.Request(host + path, method=method)
        if signed:
            request.add_header("Authorization", f"Bearer {self.token(host)}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        return fetch(request)

    def ask(self, query):
        """One query of Resource Graph."""
        path = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
        return self.send("POST", path, {"query": query})


class Side(Identity):
    """One of the tenants: a credential of the program."""

    def __init__(self, program, name, cloud):
        super().__init__(cloud)
        self.program, self.name = program, name
        self.tokens = {}
        shown = json.loads(self.run("credential", "show", "-n", name))
        self.tenant, self.client = shown["tenantId"], shown["clientId"]

    def run(self, *arguments):
        made = subprocess.run([self.program, *arguments], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise SystemExit(f"live-check: {' '.join(arguments)} ended with {made.returncode}:\n{made.stderr}")
        return made.stdout

    def token(self, resource):
        """A token for one resource; the program, and the keyring behind it, are asked once in its first minutes."""
        token, until = self.tokens.get(resource, (None, 0))
        if time.monotonic() >= until:
            arguments = ["--credential", self.name, "--scope", f"{resource}/.default"]
            token = self.run("token", "get", *arguments, "--query", "accessToken", "-o", "tsv").strip()
            self.tokens[resource] = token, time.monotonic() + KEPT
        return token


class Application(Identity):
    """An application that this script registered: it signs in with a secret, or with what `proof` signs."""

    def __init__(self, cloud, tenant, client, proof):
        super().__init__(cloud)
        self.tenant, self.client, self.proof = tenant, client, proof
        self.tokens = {}

    @property
    def endpoint(self):
        return f"{self.cloud.login}/{self.tenant}/oauth2/v2.0/token"

    def sign_in(self, resource):
        """The answer of one sign-in; its code is that of Entra."""
        form = {"grant_type": "client_credentials", "client_id": self.client, "scope": f"{resource}/.default", **self.proof()}
        answer = fetch(urllib.request.Request(self.endpoint, data=urllib.parse.urlencode(form).encode()))
        if answer.status == 200:
            self.tokens[resource] = answer.json["access_token"]
        else:
            description = (answer.json or {}).get("error_description") or "no reason"
            answer.code = description.split(":")[0].strip()
        return answer

    def token(self, resource):
        if resource not in self.tokens:
            answer = self.sign_in(resource)
            if answer.status != 200:
                raise NotTried(f"the application cannot sign in: {answer}")
        return self.tokens[resource]


@functools.cache
def trusted():
    return ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE") or None)


def fetch(request):
    try:
        with urllib.request.urlopen(request, timeout=60, context=trusted()) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as answer:
        return Answer(answer.code, answer.headers, answer.read())


CLOUDS = [
    Cloud("AzureCloud", "https://management.azure.com", "https://graph.microsoft.com", "https://login.microsoftonline.com"),
    Cloud(
        "AzureUSGovernment",
        "https://management.usgovcloudapi.net",
        "https://graph.microsoft.us",
        "https://login.microsoftonline.us",
    ),
    Cloud(
        "AzureChinaCloud",
        "https://management.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://login.partner.microsoftonline.cn",
    ),
]


def cloud_of(name):
    """A cloud by its name, as az knows it."""
    import configparser

    for known in CLOUDS:
        if known.name == name:
            return known
    folder = pathlib.Path(os.environ.get("AZURE_CONFIG_DIR", pathlib.Path.home() / ".azure"))
    clouds = configparser.RawConfigParser()
    clouds.read(folder / "clouds.config")
    if not clouds.has_section(name):
        raise SystemExit(f"live-check: no cloud named {name}")
    found = [
        clouds[name][f"endpoint_{key}"].rstrip("/")
        for key in ("resource_manager", "microsoft_graph_resource_id", "active_directory")
    ]
    return Cloud(name, *found)
