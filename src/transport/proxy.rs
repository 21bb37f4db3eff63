//! The proxy that variables name: read once, by one parser, so that what is shown, checked and used is the same.

use std::net::IpAddr;

use url::Url;

/// The way through a proxy, and the hosts that are reached without it.
#[derive(Clone)]
pub struct ProxyRoute {
    /// The variable that names the proxy.
    pub variable: &'static str,
    url: Url,
    exceptions: Vec<String>,
}

impl std::fmt::Debug for ProxyRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProxyRoute({} {})", self.variable, self.address())
    }
}

impl ProxyRoute {
    /// Reads the value of `variable` and the list of `NO_PROXY`.
    ///
    /// # Errors
    /// What is wrong with the value, without a part of it: it may hold a password.
    pub fn parse(
        variable: &'static str,
        value: &str,
        no_proxy: Option<&str>,
    ) -> Result<ProxyRoute, String> {
        let value = value.trim();
        // `proxy:3128` is common, and means http.
        let whole =
            if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let authority = whole.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        // The standard for addresses reads `\` as `/` and the last `@` as the end of a password. What a
        // person meant by them is a user of a domain, or a password with a sign in it.
        if authority.contains('\\') || whole.contains(char::is_whitespace) {
            return Err("a backslash is written as %5C in it, and a space as %20".to_owned());
        }
        if authority.matches('@').count() > 1 {
            return Err("an @ in its user or password is written as %40".to_owned());
        }
        let url = Url::parse(&whole).map_err(|err| err.to_string())?;
        if !PROTOCOLS.contains(&url.scheme()) {
            return Err(format!("'{}' is not a kind of proxy", url.scheme()));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err("it names no host".to_owned());
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err("it has something behind its host and port; a / or # in a password is written as %2F or %23".to_owned());
        }
        let list = no_proxy.unwrap_or_default().split([',', ' ', ';']);
        let exceptions = list.filter(|entry| !entry.is_empty()).map(str::to_lowercase).collect();
        Ok(ProxyRoute { variable, url, exceptions })
    }

    /// Its address without user and password.
    pub fn address(&self) -> String {
        let port = self.url.port().map_or_else(String::new, |port| format!(":{port}"));
        format!("{}://{}{port}", self.url.scheme(), self.url.host_str().unwrap_or_default())
    }

    /// True if a password is part of the address.
    pub fn holds_password(&self) -> bool {
        self.url.password().is_some()
    }

    /// The whole address, for a request to `host` that has to go this way.
    pub(crate) fn to_host(&self, host: &str, port: u16) -> Option<Url> {
        (!self.is_exception(host, port)).then(|| self.url.clone())
    }

    fn is_exception(&self, host: &str, port: u16) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_lowercase();
        self.exceptions.iter().any(|entry| is_match(entry, &host, port))
    }
}

/// As curl and Python's requests read an entry of `NO_PROXY`: a name and all below it, an address, a network.
fn is_match(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return match entry.split_once('/') {
            Some((network, length)) => is_within(address, network, length),
            None => entry.trim_matches(['[', ']']).parse() == Ok(address),
        };
    }
    let entry = match entry.rsplit_once(':') {
        Some((name, wanted)) if wanted.parse() == Ok(port) => name,
        Some((_, wanted)) if wanted.parse::<u16>().is_ok() => return false,
        _ => entry,
    };
    let name = entry.trim_start_matches("*.").trim_start_matches('.');
    host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
}

fn is_within(address: IpAddr, network: &str, length: &str) -> bool {
    let (Ok(network), Ok(length)) = (network.parse::<IpAddr>(), length.parse::<u32>()) else {
        return false;
    };
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            u32::from(address) & mask == u32::from(network) & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            u128::from(address) & mask == u128::from(network) & mask
        }
        _ => false,
    }
}

const PROTOCOLS: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<ProxyRoute, String> {
        ProxyRoute::parse("HTTPS_PROXY", value, None)
    }

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        let proxy = read("http://me:CANARY@proxy.example:3128/").unwrap();
        assert_eq!(proxy.address(), "http://proxy.example:3128");
        assert!(proxy.holds_password());
        assert!(!format!("{proxy:?}").contains("CANARY"));
        assert_eq!(read(" proxy.example:3128 ").unwrap().address(), "http://proxy.example:3128");
        assert_eq!(read("socks5h://10.0.0.1").unwrap().address(), "socks5h://10.0.0.1");
    }

    #[test]
    fn what_two_parsers_read_differently_is_refused() {
        // bugs F02, azure-cli issue 15305 and azcopy issue 1766: it was passed over, and requests went out directly.
        for value in [
            r"http://corp\user:CANARY@ss@host:9",
            r"corp\user:CANARY@host:9",
            "http://user:CANARY@ss@host:9",
            "http://user:CANARY/1@host:9",
            "http://user:CANARY#1@host:9",
            "http://user:CANARY 1@host:9",
            "http://",
            "ftp://host",
            "http://host:99999",
            "http://host/pac?CANARY",
            "   ",
        ] {
            let problem = read(value).expect_err(value);
            assert!(!problem.contains("CANARY"), "{problem}");
        }
    }

    #[test]
    fn exceptions_are_names_addresses_and_networks() {
        let list = "localhost,.internal.example, *.corp.example,10.0.0.0/8;[::1],only.example:8443";
        let proxy = ProxyRoute::parse("HTTPS_PROXY", "http://p:1", Some(list)).unwrap();
        let goes = |host: &str| proxy.to_host(host, 443).is_some();
        for direct in [
            "localhost",
            "a.internal.example",
            "internal.example",
            "X.Corp.Example",
            "10.9.8.7",
            "[::1]",
        ] {
            assert!(!goes(direct), "{direct}");
        }
        for through in ["management.azure.com", "notinternal.example", "11.0.0.1", "only.example"] {
            assert!(goes(through), "{through}");
        }
        assert!(proxy.to_host("only.example", 8443).is_none());
        let all = ProxyRoute::parse("HTTPS_PROXY", "http://p:1", Some("*")).unwrap();
        assert!(all.to_host("management.azure.com", 443).is_none());
    }
}
