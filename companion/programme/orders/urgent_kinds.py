"""Which medicines cannot wait for a parcel. Pure.

Insulin and nitroglycerin are named by the issue that asked for this; what a doctor marked as not to be missed counts
as well. It decides in which order orders leave and which window is promised, and nothing about a dose.
"""

LIFE_SAVING_CLASSES = frozenset({"basal_insulin", "rapid_insulin", "premix_insulin_bid"})
LIFE_SAVING_NAMES = ("insulin", "nitroglycerin", "glyceryl trinitrate", "glyceroltrinitrat", "胰岛素", "硝酸甘油")
"""Found anywhere in a medicine's name, in small letters: "Nitroglycerin spray", "Insulin lispro" of class "other"."""


def is_life_saving(drug: str, drug_class: str, *, is_critical: bool) -> bool:
    """Whether an order that holds the medicine goes before the others."""
    name = drug.casefold()
    return is_critical or drug_class in LIFE_SAVING_CLASSES or any(each in name for each in LIFE_SAVING_NAMES)
