//! Whose process is at the other end of a loopback connection, as the kernel's table of sockets has it.
//!
//! Source: <https://man7.org/linux/man-pages/man7/sock_diag.7.html>. One exact question instead of a walk
//! through `/proc/net/tcp`: it takes microseconds, however many sockets the machine has.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, sendto,
    socket_with,
};

/// The user whose socket is connected from `peer` to this program's `port`; `None` if the kernel does not say.
pub(crate) fn user_of(peer: SocketAddr, port: u16) -> Option<u32> {
    let IpAddr::V4(address) = peer.ip() else { return None };
    let kernel = socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )
    .ok()?;
    let question = question(address, peer.port(), port);
    sendto(&kernel, &question, SendFlags::empty(), &netlink::SocketAddrNetlink::new(0, 0)).ok()?;
    let mut answer = [0_u8; 1024];
    let (count, _) = recv(&kernel, &mut answer[..], RecvFlags::DONTWAIT).ok()?;
    user_in(answer.get(..count)?)
}

/// `nlmsghdr`, then `inet_diag_req_v2` with both ends of the connection, seen from the visitor.
fn question(address: Ipv4Addr, from: u16, to: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(QUESTION);
    let length = u32::try_from(QUESTION).unwrap_or_default();
    bytes.extend(length.to_ne_bytes());
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend(NLM_F_REQUEST.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend([AF_INET, IPPROTO_TCP, 0, 0]);
    bytes.extend(ANY_STATE.to_ne_bytes());
    bytes.extend(from.to_be_bytes());
    bytes.extend(to.to_be_bytes());
    for end in [address, Ipv4Addr::LOCALHOST] {
        bytes.extend(end.octets());
        bytes.extend([0; 12]);
    }
    bytes.extend([0; 4]);
    bytes.extend(NO_COOKIE);
    bytes
}

/// `idiag_uid` of the `inet_diag_msg` behind the header; an error has another type.
fn user_in(answer: &[u8]) -> Option<u32> {
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let user = answer.get(USER_AT..USER_AT + 4)?;
    (kind == SOCK_DIAG_BY_FAMILY).then(|| u32::from_ne_bytes(user.try_into().unwrap_or_default()))
}

const QUESTION: usize = 72;
/// After `nlmsghdr` (16), four bytes, `inet_diag_sockid` (48) and three counters (12).
const USER_AT: usize = 80;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const AF_INET: u8 = 2;
const IPPROTO_TCP: u8 = 6;
const ANY_STATE: u32 = u32::MAX;
const NO_COOKIE: [u8; 8] = [0xff; 8];

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_kernel_says_that_a_connection_of_ours_is_ours() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let peer = stream.local_addr().unwrap();
        assert_eq!(user_of(peer, port), Some(crate::secrets::folder::effective_user()));
        let stranger = SocketAddr::from(([127, 0, 0, 1], 1));
        assert_eq!(user_of(stranger, port), None);
    }
}
