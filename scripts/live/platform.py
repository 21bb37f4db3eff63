"""Rows about Resource Manager itself: its codes, its versions, tokens of two tenants."""

import uuid

from live.trial import GALLERIES, LIGHTHOUSE, POLICIES, ROLES

PINNED = [
    ("Microsoft.Compute", "galleries", GALLERIES),
    ("Microsoft.Compute", "virtualMachines", "2024-11-01"),
    ("Microsoft.ManagedServices", "registrationDefinitions", LIGHTHOUSE),
    ("Microsoft.Authorization", "roleAssignments", ROLES),
    ("Microsoft.Authorization", "policyAssignments", POLICIES),
    ("Microsoft.Compute", "galleries", "2023-07-03"),
    ("Microsoft.Compute", "disks", "2024-03-02"),
    ("Microsoft.ManagedIdentity", "userAssignedIdentities", "2024-11-30"),
    ("Microsoft.Network", "virtualNetworks", "2024-05-01"),
    ("Microsoft.Resources", "deployments", "2025-04-01"),
    ("Microsoft.VirtualMachineImages", "imageTemplates", "2024-02-01"),
]
# The forms of what the program asks Resource Graph for.
QUERIES = [
    f"{table} | where type {kinds} | project id, name, subscriptionId, tenantId, {more}"
    for table, kinds, more in (
        ("resourcecontainers", "in~ ('microsoft.resources/subscriptions', 'microsoft.management/managementgroups')", "tags"),
        ("resourcecontainers", "=~ 'microsoft.resources/subscriptions/resourcegroups' and name in~ ('live')", "location"),
        ("managedservicesresources", "=~ 'microsoft.managedservices/registrationdefinitions'", "properties"),
        ("managedservicesresources", "=~ 'microsoft.managedservices/registrationassignments'", "properties"),
        ("resources", "=~ 'microsoft.compute/galleries'", "resourceGroup, location, tags, properties"),
        ("resources", "in~ ('microsoft.compute/galleries/images', 'microsoft.compute/galleries/images/versions')", "location"),
        ("authorizationresources", "=~ 'microsoft.authorization/roleassignments'", "properties"),
        ("policyresources", "=~ 'microsoft.authorization/policyassignments'", "properties"),
    )
]


class Platform:
    def subscription_unknown(self):
        return self.publisher.send("GET", f"/subscriptions/{uuid.uuid4()}?api-version=2022-12-01")

    def subscription_malformed(self):
        return self.publisher.send("GET", "/subscriptions/not-a-guid/resourcegroups?api-version=2021-04-01")

    def group_absent(self):
        return self.publisher.send("GET", f"{self.group}-absent?api-version=2021-04-01")

    def deployment_absent(self):
        deployments = f"{self.group}/providers/Microsoft.Resources/deployments"
        return self.publisher.send("GET", f"{deployments}/absent?api-version=2022-09-01")

    def tenant_challenge(self):
        answer = self.publisher.send("GET", f"{self.subscription}?api-version=2022-12-01", signed=False)
        named = self.publisher.tenant in (answer.headers.get("WWW-Authenticate") or "").lower()
        answer.code = "with the tenant" if named else f"{answer.code}, without the tenant"
        return answer

    def tenant_wrong(self):
        return self.consumer.send("GET", f"{self.gallery}?api-version={GALLERIES}")

    def provider(self, namespace):
        answer = self.publisher.send("GET", f"{self.subscription}/providers/{namespace}?api-version=2021-04-01")
        return answer, (answer.json or {}).get("resourceTypes") or []

    def api_versions(self):
        missing = []
        for namespace, kind, version in PINNED:
            answer, kinds = self.provider(namespace)
            served = [each for each in kinds if each["resourceType"].lower() == kind.lower()]
            if not any(version in each["apiVersions"] for each in served):
                missing.append(f"{namespace}/{kind} {version}")
        answer.code = f"without {', '.join(missing)}" if missing else None
        return answer

    def graph_queries(self):
        for query in QUERIES:
            answer = self.publisher.ask(f"{query} | order by id asc")
            if answer.status != 200:
                answer.note = query
                break
        return answer

    def sovereign(self):
        answer, kinds = self.provider("Microsoft.Compute")
        served = {each["resourceType"].lower() for each in kinds}
        found = [kind for kind in ("sharedGalleries", "communityGalleries") if f"locations/{kind.lower()}" in served]
        is_national = self.publisher.cloud.name in ("AzureChinaCloud", "AzureUSGovernment")
        wanted = [] if is_national else ["sharedGalleries", "communityGalleries"]
        if answer.status == 200 and found != wanted:
            answer.code = f"with {', '.join(found) or 'neither'}"
        return answer

    def permissions(self):
        return self.publisher.send("GET", f"{self.gallery}/providers/Microsoft.Authorization/permissions?api-version={ROLES}")

    def auxiliary(self, value):
        path = f"{self.gallery}?api-version={GALLERIES}"
        return self.publisher.send("GET", path, headers={"x-ms-authorization-auxiliary": value})

    def auxiliary_bad(self):
        return self.auxiliary("Bearer not-a-token")

    def auxiliary_four(self):
        token = f"Bearer {self.consumer.token(self.consumer.management)}"
        return self.auxiliary(", ".join([token] * 4))

    def auxiliary_semicolon(self):
        token = f"Bearer {self.consumer.token(self.consumer.management)}"
        return self.auxiliary(f"{token};{token}")
