"""Groups of options: a dataclass declares them once, and each command that takes it has them.

    @dataclass(frozen=True)
    class ModelOptions:
        threads: int = option(1, "threads that one call may use")

    @app.command()
    @grouped
    def play(model: Annotated[ModelOptions, Group("Model")]) -> None: ...

gives ``play --threads 2``, in a section "Model" of ``play --help``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import typer

Value = TypeVar("Value")


def option(default: Value, help: str, **settings: Any) -> Value:
    """A dataclass's field that is an option; ``settings`` are more of :class:`typer.Option`'s."""
    declared: Value = field(default=default, metadata={"help": help, **settings})
    return declared


@dataclass(frozen=True)
class Group:
    """The section of ``--help`` that a dataclass's fields with a help text make.

    ``settings`` adds to the settings of single fields: their flags as ``flag``, another section as
    ``rich_help_panel``, and whatever else :class:`typer.Option` takes.
    """

    title: str
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variables: str = ""
    """Beginning of the environment variables that may hold the options: ``A2E_`` and the flag."""

    def parameters(self, options: type) -> dict[str, inspect.Parameter]:
        """An option for each field of ``options`` that has a help text, by the field's name."""
        hints = get_type_hints(options)
        return {
            declared.name: self._parameter(declared, hints[declared.name])
            for declared in fields(options)
            if "help" in declared.metadata
        }

    def _parameter(self, declared: Field[Any], hint: Any) -> inspect.Parameter:
        settings = {**declared.metadata, **self.settings.get(declared.name, {})}
        flag = settings.pop("flag", "--" + declared.name.replace("_", "-"))
        if self.variables:
            settings.setdefault("envvar", variable(self.variables, flag))
        factory = declared.default_factory
        default: Any = declared.default if factory is MISSING else factory()
        if get_origin(hint) is tuple:  # tuple[X, ...]: an option that may be given again and again
            hint, default = list[get_args(hint)[0]], list(default)  # type: ignore[misc]
        return inspect.Parameter(
            declared.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=typer.Option(default, flag, **{"rich_help_panel": self.title, **settings}),
            annotation=hint,
        )


def variable(prefix: str, flag: str) -> str:
    """The environment variable of an option: ``A2E_MAX_STREAMS`` of ``--max-streams``."""
    return prefix + flag.lstrip("-").replace("-", "_").upper()


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """``command`` with each parameter ``Annotated[SomeDataclass, Group(…)]`` as its options."""
    signature = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, tuple[type, tuple[str, ...]]] = {}
    for parameter in signature.parameters.values():
        group = _group(parameter.annotation)
        if group is None:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        options = get_args(parameter.annotation)[0]
        added = group.parameters(options)
        groups[parameter.name] = options, tuple(added)
        parameters.extend(added.values())

    @functools.wraps(command)
    def call(**values: Any) -> None:
        for name, (options, names) in groups.items():
            values[name] = options(**{key: _frozen(values.pop(key)) for key in names})
        command(**values)

    vars(call).pop("__wrapped__")  # its annotations are not this function's
    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return call


def _group(annotation: Any) -> Group | None:
    if get_origin(annotation) is not Annotated:
        return None
    return next((part for part in get_args(annotation)[1:] if isinstance(part, Group)), None)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
