"""Rows about delegations."""

import uuid

from live.azure import Answer, NotTried
from live.trial import GALLERIES, LIGHTHOUSE, READER

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
IMAGE_READER = "cf7c76d2-98a3-4358-a134-615aa78bf44d"
LEAVE = "91c1777a-f3dc-4fae-b103-61d183457e46"


class Lighthouse:
    """Definitions at the subscription; assignments at the two groups, and one at the subscription for some seconds."""

    def services(self, scope, kind, name):
        return f"{scope}/providers/Microsoft.ManagedServices/{kind}/{name}?api-version={LIGHTHOUSE}"

    def define(self, key, role, *principals, tenant=None, eligible=None):
        name = self.services(self.subscription, "registrationDefinitions", uuid.uuid4())
        path = self.definitions.setdefault(key, name)
        described = {"roleDefinitionId": role, "principalIdDisplayName": "live-check"}
        properties = {
            "registrationDefinitionName": f"imageshare live {key}",
            "managedByTenantId": tenant or self.consumer.tenant,
            "authorizations": [{"principalId": principal, **described} for principal in principals],
        }
        if eligible:
            properties["eligibleAuthorizations"] = eligible
        answer = self.publisher.send("PUT", path, {"properties": properties})
        if answer.status in (200, 201, 202):
            self.wait(path)
        elif self.publisher.send("GET", path).status == 404:
            del self.definitions[key]
        return answer

    def assign(self, key, scope):
        if key not in self.definitions:
            raise NotTried("its definition was refused")
        path = self.services(scope, "registrationAssignments", uuid.uuid4())
        definition = self.definitions[key].split("?")[0]
        answer = self.publisher.send("PUT", path, {"properties": {"registrationDefinitionId": definition}})
        if answer.status in (200, 201, 202):
            self.assignments[path] = (key, scope)
        answer.path = path
        return answer

    def assigned(self, key, role, scope):
        """A definition and its assignment, both made; the path of the latter."""
        self.need(self.define(key, role, self.known_principal()), "the definition")
        answer = self.need(self.assign(key, scope), "the assignment")
        if self.wait(answer.path).properties.get("provisioningState") != "Succeeded":
            raise NotTried("its assignment failed")
        return answer.path

    def assignment_of(self, key):
        for path, (known, _) in self.assignments.items():
            if known == key:
                return path
        raise NotTried("no assignment was made")

    def end(self, path, side=None):
        """Deletes an assignment and waits until it is gone."""
        answer = (side or self.publisher).send("DELETE", path)
        if answer.status in (200, 202, 204):
            self.wait(path, gone=True)
            del self.assignments[path]
        return answer

    def definition_absent(self):
        return self.publisher.send("GET", self.services(self.subscription, "registrationDefinitions", uuid.uuid4()))

    def role_not_allowed(self):
        return self.define("owner", OWNER, self.known_principal())

    def principal_text(self):
        return self.define("text", READER, "not-a-guid")

    def tenant_unknown(self):
        return self.define("nowhere", READER, str(uuid.uuid4()), tenant=str(uuid.uuid4()))

    def tenant_own(self):
        return self.define("own", READER, str(uuid.uuid4()), tenant=self.publisher.tenant)

    def principal_unknown(self):
        return self.define("unknown", READER, str(uuid.uuid4()))

    def principal_unknown_assigned(self):
        answer = self.need(self.assign("unknown", self.second), "the assignment")
        ended = self.wait(answer.path)
        ended.code = ended.properties.get("provisioningState")
        job = self.poll(answer)
        if job is not None and job.code:
            ended.note = job.code
        self.end(answer.path)
        return ended

    def poll(self, answer):
        """The operation that an answer names; None if it names none at this service."""
        url = answer.headers.get("Azure-AsyncOperation") or answer.headers.get("Location") or ""
        host = self.publisher.management
        return self.publisher.send("GET", url[len(host) :]) if url.startswith(f"{host}/") else None

    def many_authorizations(self):
        return self.define("many", READER, *(str(uuid.uuid4()) for _ in range(60)))

    def eligible_license(self):
        policy = {"multiFactorAuthProvider": "Azure", "maximumActivationDuration": "PT8H"}
        # Only users and groups can be eligible.
        path = "/v1.0/groups?$filter=securityEnabled%20eq%20true&$top=1&$select=id"
        groups = (self.consumer.send("GET", path, host=self.consumer.graph).json or {}).get("value")
        if not groups:
            raise NotTried("the consumer's credential sees no security group")
        eligible = {"principalId": groups[0]["id"], "roleDefinitionId": READER, "justInTimeAccessPolicy": policy}
        return self.define("eligible", READER, self.known_principal(), eligible=[eligible])

    def reader_role(self):
        return self.define("image", IMAGE_READER, self.known_principal())

    def definition_again(self):
        return self.define("image", IMAGE_READER, self.known_principal())

    def tenant_change(self):
        return self.define("image", IMAGE_READER, self.known_principal(), tenant=self.third_tenant)

    def own_limit(self):
        path = self.services(self.subscription, "registrationDefinitions", "").replace("/?", "?")
        answer = self.publisher.send("GET", path)
        left = answer.headers.get("x-ms-ratelimit-remaining-subscription-resource-requests")
        if left:
            answer.code = f"with a limit of its own: {left} left"
        return answer

    def assignment_create(self):
        answer = self.assign("image", self.group)
        if answer.path in self.assignments:
            job = self.poll(answer)
            if job is not None:
                answer.note = f"its job: {job.status} {(job.json or {}).get('status')}"
            self.wait(answer.path)
        return answer

    def assignment_twice(self):
        return self.assign("image", self.group)

    def definition_assigned(self):
        self.assignment_of("image")
        return self.publisher.send("DELETE", self.definitions["image"])

    def consumer_sees(self):
        self.assignment_of("image")
        path = f"{self.gallery}/images?api-version={GALLERIES}"
        last = []

        def attempt():
            last[:] = [self.consumer.send("GET", path)]
            return last[0] if last[0].status == 200 else None

        return self.until(15, attempt) or last[0]

    def consumer_writes(self):
        self.assignment_of("image")
        return self.consumer.send("PATCH", f"{self.gallery}?api-version={GALLERIES}", {"tags": {"live": "check"}})

    def lock(self):
        path = self.assignment_of("image")
        lock = f"{self.group}/providers/Microsoft.Authorization/locks/live?api-version=2020-05-01"
        self.need(self.publisher.send("PUT", lock, {"properties": {"level": "CanNotDelete"}}), "the lock")
        try:
            answer = self.publisher.send("DELETE", path)
        finally:
            self.publisher.send("DELETE", lock)
        if answer.status in (200, 202, 204):
            self.wait(path, gone=True)
            del self.assignments[path]
            # The next row deletes one that no lock protects.
            self.assign("image", self.group)
        return answer

    def assignment_delete(self):
        return self.end(self.assignment_of("image"))

    def seen_in_index(self, group):
        """What Resource Graph shows the consumer of the assignments at a group."""
        kind = "microsoft.managedservices/registrationassignments"
        query = f"managedservicesresources | where type =~ '{kind}' | project id, resourceGroup"
        last = []

        def attempt():
            last[:] = [self.consumer.ask(query)]
            wanted = group.rsplit("/", 1)[1].lower()
            seen = any(row.get("resourceGroup", "").lower() == wanted for row in last[0].rows)
            return last[0] if seen else None

        answer = self.until(15, attempt)
        if answer is None:
            answer = last[0]
            answer.code = answer.code or "no rows"
        return answer

    def graph_leave_role(self):
        self.assigned("leave", LEAVE, self.second)
        return self.seen_in_index(self.second)

    def consumer_leaves(self):
        return self.end(self.assignment_of("leave"), side=self.consumer)

    def resource_graph(self):
        self.assigned("reader", READER, self.second)
        return self.seen_in_index(self.second)

    def definition_spreads(self):
        """With Reader the consumer reads the group; the role that takes its place does not allow that."""
        self.assignment_of("reader")
        path = f"{self.second}?api-version=2021-04-01"
        if self.until(15, lambda: self.is_status(path, 200)) is None:
            raise NotTried("the consumer could not read the group before")
        self.need(self.define("reader", IMAGE_READER, self.known_principal()), "the change")
        return self.until(15, lambda: self.is_status(path, 403)) or self.consumer.send("GET", path)

    def is_status(self, path, status):
        answer = self.consumer.send("GET", path)
        return answer if answer.status == status else None

    def group_deleted(self):
        path = self.assignment_of("reader")
        self.publisher.send("DELETE", f"{self.second}?api-version=2021-04-01")
        self.wait(f"{self.second}?api-version=2021-04-01", gone=True)
        del self.assignments[path]
        return self.publisher.send("GET", self.definitions["reader"])

    def delegated_delete(self):
        path = self.assigned("contributor", CONTRIBUTOR, self.subscription)
        last = []

        def attempt():
            # Until the delegation has arrived, the token is of the wrong tenant.
            last[:] = [self.consumer.send("DELETE", self.definitions["contributor"])]
            return None if last[0].status == 401 else last[0]

        try:
            return self.until(15, attempt) or Answer(last[0].status, note="the delegation did not arrive")
        finally:
            self.end(path)

    def stack_order(self):
        """A stack with a definition and its assignment; both go with it."""
        names = {kind: str(uuid.uuid4()) for kind in ("registrationDefinitions", "registrationAssignments")}
        definition = f"{self.subscription}/providers/Microsoft.ManagedServices/registrationDefinitions/"
        definition += names["registrationDefinitions"]
        offer = {
            "registrationDefinitionName": "imageshare live stack",
            "managedByTenantId": self.consumer.tenant,
            "authorizations": [{"principalId": self.known_principal(), "roleDefinitionId": IMAGE_READER}],
        }

        def resource(kind, properties, after=()):
            full = f"Microsoft.ManagedServices/{kind}"
            more = {"dependsOn": list(after)} if after else {}
            return {"type": full, "apiVersion": LIGHTHOUSE, "name": names[kind], "properties": properties, **more}

        template = {
            "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "resources": [
                resource("registrationDefinitions", offer),
                resource("registrationAssignments", {"registrationDefinitionId": definition}, [definition]),
            ],
        }
        properties = {
            "template": template,
            "actionOnUnmanage": {"resources": "detach", "resourceGroups": "detach"},
            "denySettings": {"mode": "none"},
        }
        stack = f"{self.subscription}/providers/Microsoft.Resources/deploymentStacks/imageshare-live-{self.mark}"
        version = "api-version=2024-03-01"
        body = {"location": self.location, "properties": properties}
        self.need(self.publisher.send("PUT", f"{stack}?{version}", body), "the stack")
        self.definitions["stack"] = f"{definition}?api-version={LIGHTHOUSE}"
        assignment = self.services(self.subscription, "registrationAssignments", names["registrationAssignments"])
        self.assignments[assignment] = ("stack", self.subscription)
        made = self.wait(f"{stack}?{version}")
        if str(made.properties.get("provisioningState")).lower() != "succeeded":
            self.publisher.send("DELETE", f"{stack}?{version}")
            raise NotTried("the stack could not be made")
        both = "unmanageAction.Resources=delete&unmanageAction.ResourceGroups=detach"
        answer = self.publisher.send("DELETE", f"{stack}?{both}&{version}")
        if answer.status in (200, 202, 204):
            gone = self.until(5, lambda: self.stack_end(stack, version))
            if gone is None or self.publisher.send("GET", self.definitions["stack"]).status != 404:
                answer.code = "and the definition stays"
        else:
            self.publisher.send("DELETE", f"{stack}?{version}")
        return answer

    def stack_end(self, stack, version):
        """A stack that is gone, or whose deletion has failed."""
        answer = self.publisher.send("GET", f"{stack}?{version}")
        failed = str(answer.properties.get("provisioningState")).lower() == "failed"
        return answer if answer.status == 404 or failed else None
