"""YAML 1.2 with places: every mistake in a file that staff wrote is named as `file:line:column: message`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.errors import FlowError

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[int, int]
_PLACE = re.compile(r":(\d+):(\d+): ")


class YamlSource:
    """One file's data and the place of each node. Raises FlowError when it is not YAML at all."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        self.path = path
        try:
            self.data: Any = YAML(typ="rt", pure=True).load(text if text is not None else path.read_text("utf-8-sig"))
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            # ruamel adds the value that stood there, and may run over many lines.
            message = (error.problem or "this is not YAML").split("\n")[0].split(" with value ")[0]
            raise FlowError([self._line(place, message)]) from None
        except (YAMLError, RecursionError):
            raise FlowError([self._line((1, 1), "this is not YAML")]) from None
        except UnicodeDecodeError:
            raise FlowError([self._line((1, 1), "the file can't be read: it is not UTF-8")]) from None
        except OSError as error:
            raise FlowError([self._line((1, 1), f"the file can't be read: {error.strerror}")]) from None
        if not isinstance(self.data, dict) or not self.data:
            raise FlowError([self._line((1, 1), "the file must hold `name: value` lines")])

    def parse(self, model: type[Model], data: object = None, at: tuple[str | int, ...] = ()) -> Model:
        """Raises FlowError with every problem, each at its place."""
        try:
            return model.model_validate(plain(self.data if data is None else data))
        except ValidationError as error:
            problems = _without_consequences(error.errors())
            raise FlowError([self._explain(model, at, problem) for problem in problems]) from None

    def problem(self, path: Iterable[str | int], message: str) -> str:
        return self._line(self.place(path), message)

    def place(self, path: Iterable[str | int]) -> Place:
        """Where the node stands, or the nearest one above it. Lines and columns count from 1."""
        node, place = self.data, (1, 1)
        for key in path:
            position = getattr(node, "lc", None)
            if position is None:
                return place
            try:
                line, column = position.key(key) if isinstance(node, dict) else position.item(key)
                node = node[key]
            except (KeyError, IndexError, TypeError, AttributeError):
                continue  # pydantic names the branch of a union in its path, which is no node of the file
            place = (line + 1, column + 1)
        return place

    def _explain(self, model: type[BaseModel], at: tuple[str | int, ...], problem: Any) -> str:
        path = (*at, *problem["loc"])
        key = path[-1] if path else self.path.name
        match problem["type"]:
            case "extra_forbidden":
                message = f"unknown key '{key}'{did_you_mean(str(key), _known_keys(model))}"
            case "missing":
                message = f"'{key}' is missing"
            case "union_tag_invalid":
                known = [tag.strip(" '") for tag in problem["ctx"]["expected_tags"].split(",")]
                tag = str(problem["ctx"]["tag"])
                path = (*path, "type")
                message = f"unknown type '{tag}'{did_you_mean(tag, known) or '; known are ' + ', '.join(known)}"
            case "string_type":
                message = f"'{key}' must be text; put it in quotes"
            case "model_type" | "model_attributes_type" | "dict_type":
                message = f"'{key}': write the fields one a line, indented, each as `name: value`"
            case _:
                text = problem["msg"].removeprefix("Value error, ")
                message = text if isinstance(key, int) else f"'{key}': {text}"
        return self._line(self.place(path), message)

    def _line(self, place: Place, message: str) -> str:
        return f"{self.path}:{place[0]}:{place[1]}: {message}"


def _without_consequences(problems: list[Any]) -> list[Any]:
    """A list is not 'too short' when it only lacks the items that are themselves wrong."""
    wrong = [problem["loc"] for problem in problems if problem["type"] != "too_short"]
    return [
        problem
        for problem in problems
        if problem["type"] != "too_short" or not any(loc[: len(problem["loc"])] == problem["loc"] for loc in wrong)
    ]


def plain(node: object) -> object:
    """Plain dicts, lists and scalars, without what ruamel remembers of them."""
    if isinstance(node, dict):
        return {str(key) if isinstance(key, str) else key: plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def line_of(problem: str) -> Place:
    """The place in `file:line:column: message`, to sort by."""
    place = _PLACE.search(problem)
    return (int(place[1]), int(place[2])) if place else (0, 0)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, [name for name in known if name != word], n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _known_keys(model: type[BaseModel]) -> set[str]:
    """Every key of the model and of the models inside it: enough for a suggestion."""
    keys: set[str] = set()
    for definition in [schema := model.model_json_schema(), *schema.get("$defs", {}).values()]:
        keys |= set(definition.get("properties", {}))
    return keys
