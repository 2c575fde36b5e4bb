"""Words that scenarios are made of."""

ENTITIES = (
    "Alice", "Registry", "Facilities", "Payroll", "Archive", "Clinic", "Transport", "Security", "Library",
    "Catering", "Laboratory", "Housing", "Training", "Stores", "Reception", "Workshop",
)  # fmt: skip
PEOPLE = (
    "Ada", "Bela", "Chidi", "Dora", "Emre", "Femi", "Gita", "Hugo", "Iris", "Jun", "Kofi", "Lena", "Milo",
    "Nadia", "Oskar", "Pilar", "Quinn", "Rosa", "Sami", "Tova", "Umut", "Vera", "Wen", "Yara", "Zeno",
)  # fmt: skip
KINDS = (
    "badge", "locker", "room", "vehicle", "shift", "account", "project", "permit", "route", "sample",
    "device", "ward", "course", "depot", "shelf", "menu", "team", "dose", "gate", "invoice", "mentor",
    "cabin", "trial", "store", "desk", "key", "parcel", "stamp", "visit", "phone",
)  # fmt: skip
