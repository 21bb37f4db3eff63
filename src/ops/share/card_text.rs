//! A hand-over card as a text to mail: what is shared, and what to type, in Markdown.

use std::path::Path;

use super::card::{Card, ImageCard};
use crate::error::Result;
use crate::ops::exchange_file;

/// How every text of this program begins.
const HEAD: &str = "# Images of gallery ";

impl Card {
    /// The card in words, with the publisher's name if it is known. The file itself is what commands take: it goes along
    /// with the mail.
    pub(crate) fn markdown(&self, publisher: Option<&str>) -> String {
        let mut lines = vec![
            format!("{HEAD}{}", plain(&self.gallery.name)),
            String::new(),
            format!("- Cloud: {}", plain(&self.cloud)),
        ];
        if let Some(tenant) = self.publisher_tenant_id {
            lines.push(match publisher {
                Some(name) => format!("- Publisher's tenant: {} (`{tenant}`)", plain(name)),
                None => format!("- Publisher's tenant: `{tenant}`"),
            });
        }
        if let Some(client) = self.client_id {
            lines.push(format!("- Application to accept: `{client}`"));
        }
        let methods = if self.methods.is_empty() {
            "no method yet".to_owned()
        } else {
            self.methods.join(", ")
        };
        lines.push(format!("- Shared by: {}", plain(&methods)));
        lines.push(format!("- Gallery: `{}`", self.gallery.id));
        lines.extend(
            ["", "| Image | System | State | Generation | Versions | Regions |"].map(str::to_owned),
        );
        lines.push("|---|---|---|---|---|---|".to_owned());
        lines.extend(self.images.iter().map(table_row));
        lines.extend(["", "## What to do", ""].map(str::to_owned));
        lines.extend(self.commands());
        lines.push(String::new());
        lines.join("\n")
    }

    /// What the consumer types, in this order.
    fn commands(&self) -> Vec<String> {
        let has = |method: &str| self.methods.iter().any(|known| known == method);
        let mut steps = Vec::new();
        if self.client_id.is_some() {
            steps.push("an administrator accepts the application: `az-imageshare share app accept --card card.json -g GROUP`".to_owned());
            steps.push("keep its secret, which comes by another way: `az-imageshare credential add -n images --card card.json --tenant TENANT`".to_owned());
        }
        if has("delegation") {
            steps.push("choose the images in the portal as your own, or see them: `az-imageshare image list -o table`".to_owned());
        } else {
            steps.push("see the images: `az-imageshare image list -o table`".to_owned());
        }
        if let Some(image) = self.images.first() {
            let name = &image.name;
            steps.push(match self.client_id {
                Some(_) => format!("create a VM: `az-imageshare vm create --card card.json --image {name} --credential images -g GROUP -n NAME --admin-username azureuser --generate-ssh-keys`"),
                None => format!("create a VM: `az-imageshare vm create --card card.json --image {name} -g GROUP -n NAME --admin-username azureuser --generate-ssh-keys`"),
            });
        }
        let numbered = steps.into_iter().enumerate();
        numbered
            .map(|(at, step)| format!("{}. {}{}", at + 1, step[..1].to_uppercase(), &step[1..]))
            .collect()
    }
}

/// Writes a card in words; replaces only another one.
pub(crate) fn write_markdown(text: &str, path: &Path) -> Result<()> {
    exchange_file::write_text(text, path, HEAD, "card in Markdown")
}

fn table_row(image: &ImageCard) -> String {
    let known = |text: &Option<String>| plain(text.as_deref().unwrap_or("-"));
    let versions: Vec<&str> = image.versions.iter().map(|version| version.name.as_str()).collect();
    let mut regions: Vec<&str> = Vec::new();
    for region in image.versions.iter().flat_map(|version| &version.regions) {
        if !regions.contains(&region.as_str()) {
            regions.push(region);
        }
    }
    format!(
        "| {} | {} | {} | {} | {} | {} |",
        plain(&image.name),
        known(&image.os_type),
        known(&image.os_state),
        known(&image.hyper_v_generation),
        plain(&versions.join(", ")),
        plain(&regions.join(", "))
    )
}

/// Names are data, and never markup.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c {
            '<' => shown.push_str("&lt;"),
            '&' => shown.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' => shown.extend(['\\', c]),
            c if c.is_control() => shown.push(' '),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        assert_eq!(plain("<b>|x|`y`\n"), "&lt;b>\\|x\\|\\`y\\` ");
    }
}
