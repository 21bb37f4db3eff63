"""Rows about galleries: sharing, sources of versions, what Resource Graph shows of them."""

import uuid

from live.azure import NotTried
from live.trial import GALLERIES


class Galleries:
    def quota_name(self):
        place = f"{self.subscription}/providers/Microsoft.Compute/locations/{self.location}"
        answer = self.publisher.send("GET", f"{place}/usages?api-version=2024-11-01")
        names = [each["name"]["value"] for each in (answer.json or {}).get("value") or []]
        counting = [name for name in names if "gallery" in name.lower()]
        if answer.status == 200 and not any("version" in name.lower() for name in counting):
            answer.code = f"names of galleries: {', '.join(counting) or 'none'}"
        return answer

    def source_direct(self):
        image = f"{self.gallery}/images/live"
        identifier = {"publisher": "live", "offer": "live", "sku": "live"}
        body = {"location": self.location, "properties": {"osType": "Linux", "osState": "Generalized", "identifier": identifier}}
        path = f"{image}?api-version={GALLERIES}"
        self.need(self.put(path, body, "an image definition"), "the image definition")
        self.wait(path)
        source = {"id": f"/SharedGalleries/{uuid.uuid4()}-LIVE/Images/live/Versions/1.0.0"}
        properties = {"storageProfile": {"source": source}, "publishingProfile": {"targetRegions": [{"name": self.location}]}}
        version = {"location": self.location, "properties": properties}
        return self.put(f"{image}/versions/1.0.0?api-version={GALLERIES}", version, "an image version")

    def has_preview(self):
        feature = "providers/Microsoft.Features/providers/Microsoft.Compute/features/SIGSharing"
        answer = self.publisher.send("GET", f"{self.subscription}/{feature}?api-version=2021-07-01")
        return answer.properties.get("state") == "Registered"

    def groups_on_private(self):
        body = {"properties": {"sharingProfile": {"permissions": "Groups"}}}
        return self.publisher.send("PATCH", f"{self.gallery}?api-version={GALLERIES}", body)

    def direct_gallery(self):
        return self.make_gallery(self.gallery_named("direct"), {"sharingProfile": {"permissions": "Groups"}})

    def preview_text(self):
        if self.has_preview():
            raise NotTried("this subscription is in the preview of direct sharing")
        return self.direct_gallery()

    def share_limits(self):
        if not self.has_preview():
            raise NotTried("this subscription is not in the preview of direct sharing")
        self.need(self.direct_gallery(), "the gallery")
        ids = [str(uuid.uuid4()) for _ in range(31)]
        body = {"operationType": "Add", "groups": [{"type": "Subscriptions", "ids": ids}]}
        return self.publisher.send("POST", f"{self.gallery_named('direct')}/share?api-version={GALLERIES}", body)

    def graph_sharing_profile(self):
        kind, path = ("direct", self.gallery_named("direct")) if self.has_preview() else ("private", self.gallery)
        query = f"resources | where id =~ '{path}' | project id, properties"
        found = self.until(15, lambda: self.rows_or_none(self.publisher, query))
        if found is None:
            raise NotTried("Resource Graph did not show the gallery")
        profile = (found.rows[0].get("properties") or {}).get("sharingProfile") or {}
        if "permissions" not in profile and kind == "direct":
            found.code = "without permissions"
        elif "groups" in profile:
            found.code = "with groups"
        found.note = f"of a {kind} gallery"
        return found

    def rows_or_none(self, side, query):
        answer = side.ask(query)
        return answer if answer.rows else None

    def community_back(self):
        path = self.gallery_named("community")
        contact = {
            "publisherUri": "https://example.com",
            "publisherContact": "live-check@example.com",
            "eula": "https://example.com",
            "publicNamePrefix": "imagesharelive",
        }
        profile = {"permissions": "Community", "communityGalleryInfo": contact}
        self.need(self.make_gallery(path, {"sharingProfile": profile}), "the gallery")
        for operation in ("EnableCommunity", "Reset", "EnableCommunity", "Reset"):
            answer = self.publisher.send("POST", f"{path}/share?api-version={GALLERIES}", {"operationType": operation})
            if answer.status not in (200, 201, 202):
                answer.note = operation
                return answer
            self.wait(f"{path}?api-version={GALLERIES}")
        return answer
