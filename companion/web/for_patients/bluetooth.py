"""The browser way: five pages, each for one thing, on which a patient's own browser reads a meter or cuff.

1 can this browser do it, 2 wake the device, 3 choose it, 4 it is read, 5 is this yours? The third and the fourth are
one document: a link ends with the document that opened it.
"""

from flask import Blueprint, render_template

from companion.web.access import Action, guarded
from companion.web.context import subject

blueprint = Blueprint("bluetooth", __name__, url_prefix="/devices/bluetooth")


@blueprint.get("/")
@guarded(Action.ADD_READINGS)
def start() -> str:
    return render_template("patient/bluetooth/start.html", patient=subject())


@blueprint.get("/wake")
@guarded(Action.ADD_READINGS)
def wake() -> str:
    return render_template("patient/bluetooth/wake.html")


@blueprint.get("/read")
@guarded(Action.ADD_READINGS)
def read() -> str:
    return render_template("patient/bluetooth/read.html", patient=subject())


@blueprint.get("/check")
@guarded(Action.ADD_READINGS)
def check() -> str:
    return render_template("patient/bluetooth/check.html", patient=subject())
