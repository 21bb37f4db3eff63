//! The ids of tenants and subscriptions in a sentence, as people speak of them.

/// Puts what `spoken` gives for an id behind the word "tenant" or "subscription" in its place. A command between
/// backticks stays as it is typed.
pub(crate) fn speak_of_ids(text: &str, mut spoken: impl FnMut(&str) -> Option<String>) -> String {
    let mut said = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at > 0 {
            said.push('`');
        }
        if at % 2 == 1 {
            said.push_str(part);
        } else {
            speak_in_prose(part, &mut said, &mut spoken);
        }
    }
    said
}

fn speak_in_prose(part: &str, said: &mut String, spoken: &mut impl FnMut(&str) -> Option<String>) {
    let mut rest = part;
    let next = |rest: &str| {
        let places = LEADS.iter().filter_map(|lead| Some((rest.find(lead)?, lead.len())));
        places.min()
    };
    while let Some((at, length)) = next(rest) {
        let (head, tail) = rest.split_at(at + length);
        said.push_str(head);
        rest = tail;
        // Neither `--tenant` nor a longer word.
        let is_word = !head[..at].ends_with(|c: char| c.is_alphanumeric() || c == '-');
        if let Some(id) = leading_id(tail).filter(|_| is_word)
            && let Some(name) = spoken(id)
        {
            said.push_str(&name);
            rest = &tail[id.len()..];
        }
    }
    said.push_str(rest);
}

/// The id that a text begins with, if it ends there.
fn leading_id(text: &str) -> Option<&str> {
    let id = text.get(..ID_LENGTH)?;
    let goes_on = text[ID_LENGTH..].starts_with(|c: char| c.is_alphanumeric() || "-/".contains(c));
    (!goes_on && uuid::Uuid::try_parse(id).is_ok()).then_some(id)
}

const LEADS: [&str; 4] = ["tenant ", "Tenant ", "subscription ", "Subscription "];
/// Characters of a GUID with its hyphens.
const ID_LENGTH: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_prose_are_spoken_of_and_commands_stay() {
        const ID: &str = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002";
        let said = |text: &str| {
            let known = |id: &str| (id == ID).then(|| "Fabrikam".to_owned());
            speak_of_ids(&text.replace("ID", ID), known).replace(ID, "ID")
        };
        for (text, wanted) in [
            ("Offer 'x' to tenant ID:", "Offer 'x' to tenant Fabrikam:"),
            ("(consumer tenant ID)", "(consumer tenant Fabrikam)"),
            ("Tenant ID, tenant ID", "Tenant Fabrikam, tenant Fabrikam"),
            ("one:\n  subscription ID", "one:\n  subscription Fabrikam"),
            ("tenant Contoso (ID)", "tenant Contoso (ID)"),
            ("run `a --tenant ID` in tenant ID", "run `a --tenant ID` in tenant Fabrikam"),
            ("--tenant ID, subtenant ID, tenant ID/x", "--tenant ID, subtenant ID, tenant ID/x"),
            (
                "tenant 3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001",
                "tenant 3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001",
            ),
            ("tenant 日本の会社の名前がここにある", "tenant 日本の会社の名前がここにある"),
            ("the tenant ", "the tenant "),
        ] {
            assert_eq!(said(text), wanted, "{text}");
        }
    }
}
