"""A browser's long name for itself, in two words that its owner recognizes. Pure; good for display only."""

# In this order: most browsers also claim to be the ones further down.
BROWSERS = {
    "MicroMessenger": "WeChat",
    "Edg": "Edge",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "Linux": "Linux",
}


def in_short(agent: str) -> str:
    """ "Chrome, Android" for a User-Agent header; what nobody knows is given back shortened."""
    found = [next((short for mark, short in names.items() if mark in agent), None) for names in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in found if name) or agent[:40]
