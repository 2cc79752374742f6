"""Which numbers (IP addresses) are of the public internet. Pure."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

TRANSLATED = ip_network("64:ff9b::/96")
"""An IPv4 number behind a translator (RFC 6052 §2.1)."""
COMPATIBLE = ip_network("::/96")
"""An IPv4 number as it was once written in IPv6 (RFC 4291 §2.5.5.1)."""
TRANSLATED_INSIDE = ip_network("64:ff9b:1::/48")
"""Translators of one's own network (RFC 8215)."""
LAST_32_BITS = 0xFFFFFFFF


def is_public(host: str) -> bool:
    """Whether that number is one of the public internet; an IPv4 number in an IPv6 one counts as what it is.

    Raises ValueError for what is no number.
    """
    address = ip_address(host.partition("%")[0])
    meant = _carried(address) or address
    return meant.is_global and not meant.is_multicast and address not in TRANSLATED_INSIDE


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 number that an IPv6 one leads to."""
    if isinstance(address, IPv4Address):
        return None
    if address in TRANSLATED or address in COMPATIBLE:
        return IPv4Address(int(address) & LAST_32_BITS)
    return address.ipv4_mapped or address.sixtofour
