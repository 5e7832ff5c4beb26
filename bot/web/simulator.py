from flask import Blueprint

blueprint = Blueprint("simulator", __name__, url_prefix="/simulator")


@blueprint.get("")
def page() -> str:
    return "soon"
