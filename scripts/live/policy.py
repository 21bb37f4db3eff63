"""Rows about Azure Policy."""

import time
import uuid

from live.azure import NotTried
from live.trial import POLICIES

DEFINITIONS = "Microsoft.ManagedServices/registrationDefinitions"


class Policy:
    """Policies that look and never change anything; one assignment at the subscription, from the beginning on."""

    assignment = None

    def policy(self, more, name=None):
        name = name or f"imageshare-live-{uuid.uuid4().hex[:8]}"
        details = {"type": DEFINITIONS, **more}
        is_subscription = {"field": "type", "equals": "Microsoft.Resources/subscriptions"}
        rule = {"if": is_subscription, "then": {"effect": "auditIfNotExists", "details": details}}
        path = f"{self.subscription}/providers/Microsoft.Authorization/policyDefinitions/{name}"
        answer = self.put(f"{path}?api-version={POLICIES}", {"properties": {"mode": "All", "policyRule": rule}}, "a policy")
        answer.path = path
        return answer

    def policy_name(self):
        return self.policy({"name": "[guid(subscription().subscriptionId)]"})

    def policy_count(self):
        alias = f"{DEFINITIONS}/authorizations[*]"
        inner = {"field": f"{alias}.principalId", "equals": "[current('wanted')]"}
        nested = {"count": {"field": alias, "where": inner}, "greaterOrEquals": 1}
        values = [str(uuid.uuid4()), str(uuid.uuid4())]
        return self.policy({"existenceCondition": {"count": {"value": values, "name": "wanted", "where": nested}, "equals": 2}})

    def identity_location(self):
        """An assignment with an identity: where it is said to be afterwards."""
        policy = self.need(self.policy({}), "the policy").path
        name = f"imageshare-live-{self.mark}"
        path = f"{self.subscription}/providers/Microsoft.Authorization/policyAssignments/{name}"
        body = {
            "location": self.location,
            "identity": {"type": "SystemAssigned"},
            "properties": {"policyDefinitionId": policy, "displayName": "live-check"},
        }
        answer = self.put(f"{path}?api-version={POLICIES}", body, "a policy assignment")
        if answer.status in (200, 201):
            self.assignment, self.begin = path, time.monotonic()
            shown = self.publisher.send("GET", f"{path}?api-version={POLICIES}").json.get("location") or "no location"
            if shown.lower().replace(" ", "") != self.location.lower().replace(" ", ""):
                answer.code = f"as {shown}"
        return answer

    def policy_assignment(self):
        if not self.assignment:
            raise NotTried("no policy was assigned")
        return self.assignment

    def policy_exemption(self):
        properties = {"policyAssignmentId": self.policy_assignment(), "exemptionCategory": "Waiver"}
        path = f"{self.group}/providers/Microsoft.Authorization/policyExemptions/live?api-version=2022-07-01-preview"
        self.need(self.publisher.send("PUT", path, {"properties": properties}), "the exemption")
        return self.publisher.send("DELETE", path)

    def policy_times(self):
        """Last of all: the assignment is as old as it gets."""
        query = f"{self.subscription}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"
        query += f"?api-version=2019-10-01&$filter=PolicyAssignmentId%20eq%20'{self.policy_assignment().lower()}'"

        def attempt():
            answer = self.publisher.send("POST", query)
            return answer if (answer.json or {}).get("value") or answer.status != 200 else None

        answer = self.until(30, attempt)
        minutes = (time.monotonic() - self.begin) / 60
        if answer is None:
            raise NotTried(f"not evaluated after {minutes:.0f} minutes; try --patience 3600")
        answer.note = f"after {minutes:.0f} minutes"
        if minutes > 40:
            answer.code = "later than that"
        return answer
