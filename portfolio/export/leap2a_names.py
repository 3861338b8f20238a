"""The names that a Leap2A feed is written with."""

DIARY = "diary"  # prefix of our own elements
OWN_NAMESPACE = "urn:x-reflective-portfolio:leap2a:1"
NAMES = {  # Mahara looks for these two first prefixes as they are written here
    "leap2": "http://terms.leapspecs.org/",
    "categories": "http://wiki.leapspecs.org/2A/categories/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "mahara": "http://wiki.mahara.org/Developer_Area/Import%2F%2FExport/LEAP_Extensions#",
    DIARY: OWN_NAMESPACE,
}
