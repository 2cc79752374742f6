"""The Bluetooth profiles: bytes as the standard lays them out, decoded. Pure."""
