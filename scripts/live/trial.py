"""What the rows share: what they make, how long they wait, and how everything is removed."""

import time
import uuid

from live.azure import NotTried

LIGHTHOUSE, GALLERIES, ROLES, POLICIES = "2022-10-01", "2024-03-03", "2022-04-01", "2023-04-01"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


class Base:
    """Two sides, a subscription, and everything that was made in it."""

    def __init__(self, publisher, consumer, subscription, location, patience, third_tenant):
        self.publisher, self.consumer = publisher, consumer
        self.subscription, self.location, self.patience = f"/subscriptions/{subscription}", location, patience
        self.third_tenant = third_tenant
        self.mark = uuid.uuid4().hex[:8]
        self.group = f"{self.subscription}/resourceGroups/imageshare-live-{self.mark}"
        self.second = f"{self.group}-b"
        self.gallery = self.gallery_named("private")
        self.definitions, self.assignments = {}, {}
        # What DELETE removes, in the order in which it was made: a side, a path and what it is called.
        self.made = []
        self.principal = None

    def gallery_named(self, kind):
        return f"{self.group}/providers/Microsoft.Compute/galleries/imageshare_live_{kind}_{self.mark}"

    def pause(self, longest):
        time.sleep(min(longest, self.patience / 40))

    def until(self, longest, attempt):
        """Repeats an attempt until it gives something, at most for the patience; None then."""
        end = time.monotonic() + self.patience
        while True:
            found = attempt()
            if found is not None or time.monotonic() > end:
                return found
            self.pause(longest)

    def wait(self, path, gone=False):
        """Until a resource has ended its work, or is gone."""

        def attempt():
            answer = self.publisher.send("GET", path)
            state = answer.properties.get("provisioningState")
            ended = answer.status != 200 or state in (None, "Succeeded", "Failed", "Canceled", "succeeded", "failed")
            return answer if ((answer.status == 404) if gone else ended) else None

        answer = self.until(5, attempt)
        if answer is None:
            raise NotTried(f"no end within {self.patience:.0f} seconds")
        return answer

    def put(self, path, body, what, side=None):
        """Creates something that is removed at the end."""
        side = side or self.publisher
        answer = side.send("PUT", path, body)
        if answer.status in (200, 201, 202):
            self.remember(side, path, what)
        return answer

    def remember(self, side, path, what, host=None):
        if not any(known[1] == path for known in self.made):
            self.made.append((side, path, what, host))

    def need(self, answer, what):
        if answer.status not in (200, 201, 202, 204):
            raise NotTried(f"{what} was refused: {answer}")
        return answer

    def make_gallery(self, path, properties):
        body = {"location": self.location, "properties": properties}
        answer = self.put(f"{path}?api-version={GALLERIES}", body, "a gallery")
        if answer.status in (200, 201, 202):
            self.wait(f"{path}?api-version={GALLERIES}")
        return answer

    def prepare(self):
        for group in (self.group, self.second):
            answer = self.publisher.send("PUT", f"{group}?api-version=2021-04-01", {"location": self.location})
            if answer.status not in (200, 201):
                raise SystemExit(f"live-check: cannot create a resource group: {answer}")
        answer = self.make_gallery(self.gallery, {"sharingProfile": {"permissions": "Private"}})
        if answer.status == 400:
            # Where direct sharing was not registered, even a private profile is refused.
            answer = self.make_gallery(self.gallery, {})
        if answer.status not in (200, 201, 202):
            raise SystemExit(f"live-check: cannot create a gallery: {answer}")
        found = self.consumer.send("GET", f"/v1.0/servicePrincipals(appId='{self.consumer.client}')", host=self.consumer.graph)
        self.principal = (found.json or {}).get("id")

    def known_principal(self):
        if not self.principal:
            raise NotTried("the consumer's credential may not read its own service principal")
        return self.principal

    def role_id(self, role):
        return f"{self.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"

    def remove(self):
        """Removes everything; returns what is left, in words without IDs."""
        left = []
        for path in list(self.assignments):
            self.publisher.send("DELETE", path)
            try:
                self.wait(path, gone=True)
            except NotTried:
                left.append("an assignment")
        for path in self.definitions.values():
            # Right after its assignment is gone, a definition still counts as assigned for some time.
            answer = self.until(5, lambda path=path: self.removed(self.publisher, path))
            if answer is None:
                left.append("a definition")
        for side, path, what, host in reversed(self.made):
            answer = self.until(5, lambda side=side, path=path, host=host: self.removed(side, path, host))
            if answer is None:
                left.append(what)
        for group in (self.second, self.group):
            if self.removed(self.publisher, f"{group}?api-version=2021-04-01") is None:
                left.append("a resource group")
        return left

    def removed(self, side, path, host=None):
        """The answer to a deletion; None if it was refused, as what was just used may be for some time."""
        answer = side.send("DELETE", path, host=host)
        return answer if answer.status in (200, 202, 204, 404) else None
