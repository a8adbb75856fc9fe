"""The few shapes that all rules are made of: text, number, list and record. Types are exact, null is never a value.

A shape walks a value and finds every fault. Most have a type too, made of the same tables, by which msgspec accepts a
value in C: it may refuse what is valid, never accept what is not, and what it refuses is walked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct, ValidationError, convert, defstruct

Found = list[tuple[str, str]]
Check = Callable[[Any], Found | None]


class Form(Struct, gc=False):
    """An object as its type reads it; what is absent is None, as null never is a value. It is asked as a dict is."""

    def __contains__(self, name: str) -> bool:
        return getattr(self, name, None) is not None

    __getitem__ = object.__getattribute__

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a property, or the default where it is absent."""
        value = getattr(self, name, None)
        return default if value is None else value

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...


class Shape:
    """A check that walks; `form` is its type for msgspec (None: it has none), `rest` checks what the type cannot say.

    The type of a shape with something `apart` leaves that unread, so that it accepts nothing by itself.
    """

    __slots__ = ("apart", "fields", "form", "rest", "rules", "walk")

    def __init__(
        self,
        walk: Check,
        form: Any = None,
        rest: Check | None = None,
        *,
        apart: bool = False,
        fields: Mapping[str, Check] = MappingProxyType({}),
        rules: Sequence[Check] = (),
    ) -> None:
        self.walk, self.form, self.rest = walk, form, rest
        self.apart, self.fields, self.rules = apart, fields, rules

    def __call__(self, value: Any) -> Found | None:
        return None if self.fields and self.accepts(value) else self.walk(value)

    def accepts(self, value: Any) -> bool:
        """Whether msgspec takes a record, as JSON gives it, for one of this type."""
        if self.form is None or self.apart:
            return False
        try:
            convert(value, self.form)
        except (ValidationError, UnicodeEncodeError):
            return False
        return True

    def formed(self, value: Any) -> Any:
        """A value without fault as its type reads it, parts that are read apart as they are."""
        if not self.fields or self.form is None:
            return value
        return self.form(**{name: _formed(self.fields[name], each) for name, each in value.items()})


def _formed(check: Check, value: Any) -> Any:
    return check.formed(value) if isinstance(check, Shape) else value


def values_of(*names: str) -> Callable[[Any], tuple[Any, ...]]:
    """How to ask an object for several properties at once, None for each that is absent."""
    of_form = attrgetter(*names)

    def ask(value: Any) -> tuple[Any, ...]:
        if isinstance(value, Form):
            return of_form(value)
        return tuple([value.get(name) for name in names])

    return ask


def fault(message: str) -> Found:
    """One fault at the value itself."""
    return [("", message)]


def within(key: str, found: Found) -> Found:
    """Faults of a part, seen from the whole."""
    return [(key + ("" if not path or path[0] == "[" else ".") + path, message) for path, message in found]


def _instance(types: tuple[type, ...], form: Any, message: str) -> Shape:
    return Shape(lambda value: None if type(value) in types else fault(message), form)


text = _instance((str,), str, "must be a string")
boolean = _instance((bool,), bool, "must be true or false")
number = _instance((int, float), int | float, "must be a number")


def matching(predicate: Callable[[str], object], kind: str, form: Any = None) -> Shape:
    """A string that a predicate of lrs.formats accepts; `form` is the type of such strings, or of most of them."""
    message = f"must be {kind}"

    def check(value: Any) -> Found | None:
        return None if type(value) is str and predicate(value) else fault(message)

    return Shape(check, form) if form else Shape(check, str, check)


def anything(check: Check) -> Shape:
    """An object of which the type says no more."""
    return Shape(check, dict[str, Any], check)


def one_of(*values: str) -> Shape:
    message = "must be " + " or ".join(f'"{value}"' for value in values)

    def check(value: Any) -> Found | None:
        return None if type(value) is str and value in values else fault(message)

    return Shape(check, Literal[values])


def listing(item: Check, *rules: Check, least: int = 0) -> Shape:
    """A list of values that each pass a check; rules look at the list as a whole."""

    def check(value: Any) -> Found | None:
        if type(value) is not list:
            return fault("must be a list")
        if len(value) < least:
            return fault(f"must have at least {least} element" + ("s" if least > 1 else ""))
        found: Found = []
        for index, each in enumerate(value):
            if (wrong := item(each)) is not None:
                found += within(f"[{index}]", wrong)
        return found or judged(rules, value)

    form = _typed(item)
    if form is None:
        return Shape(check)
    return Shape(
        check,
        Annotated[list.__class_getitem__(form), Meta(min_length=least)],
        (lambda value: judged(rules, value)) if rules else None,
    )


def keyed(key: Shape, kind: str, item: Check | None) -> Shape:
    """An object whose keys are of one kind (IRIs, language tags) and whose values pass a check."""

    def check(value: Any) -> Found | None:
        if type(value) is not dict:
            return fault("must be an object")
        found: Found = []
        for name, each in value.items():
            if key(name) is not None:
                found += within(quoted(name), fault(f"is a key that is not {kind}"))
            if item is not None and (wrong := item(each)) is not None:
                found += within(quoted(name), wrong)
        return found or None

    form = Any if item is None else _typed(item)
    return Shape(check, None if form is None else dict.__class_getitem__((key.form, form)))


def record(fields: Mapping[str, Check], required: Sequence[str] = (), *rules: Check) -> Shape:
    """An object with known properties, some of them required; rules look at the object as a whole."""
    get = fields.get
    needed = frozenset(required)

    def check(value: Any) -> Found | None:
        if type(value) is not dict:
            return fault("must be an object")
        found: Found = []
        for name, each in value.items():
            field = get(name)
            if field is None:
                found += within(quoted(name), fault("is no property that the specification has here"))
            elif (wrong := field(each)) is not None:
                found += within(name, wrong)
        if not needed <= value.keys():
            for name in required:
                if name not in value:
                    found += within(name, fault("is missing"))
        return found or judged(rules, value)

    shapes = {name: field for name, field in fields.items() if isinstance(field, Shape) and field.form is not None}
    if len(shapes) < len(fields):
        return Shape(check, fields=fields, rules=rules)
    apart = any(shape.apart for shape in shapes.values())
    form = _record_form(shapes, needed, () if apart else rules)
    return Shape(check, form, apart=apart, fields=fields, rules=rules)


def judged(rules: Iterable[Check], value: Any) -> Found | None:
    """What rules that look at a whole find, of a value whose parts are as they should be."""
    found = [each for rule in rules for each in rule(value) or ()]
    return found or None


def _typed(check: Check) -> Any:
    """The type of a check that is wholly told by it; None for any other."""
    return check.form if isinstance(check, Shape) and check.rest is None and not check.apart else None


def _record_form(shapes: Mapping[str, Shape], needed: Set[str], rules: Iterable[Check]) -> Any:
    """The type of a record, which judges by rules and rests once its properties are read."""
    rests = [(name, shape.rest) for name, shape in shapes.items() if shape.rest is not None]

    def judge(self: Form) -> None:
        for name, rest in rests:
            value = getattr(self, name)
            if value is not None and rest(value) is not None:
                raise ValueError(name)
        for rule in rules:
            if rule(self) is not None:
                raise ValueError

    return defstruct(
        "Record",
        [(name, shape.form, *(() if name in needed else (None,))) for name, shape in shapes.items()],
        bases=(Form,),
        namespace={"__post_init__": judge} if rests or rules else {},
        forbid_unknown_fields=True,
        kw_only=True,
        omit_defaults=True,
        gc=False,
    )


def quoted(name: str) -> str:
    """A key as a step of a JSON path: plain where it can be."""
    return name if name.isidentifier() else f'["{name[:200]}"]'
