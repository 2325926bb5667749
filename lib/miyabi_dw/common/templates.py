"""How templates are filled, whoever does it: all from one folder, and what comes from data is escaped."""

from importlib import resources

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined


def environment(compiled: BytecodeCache | None = None) -> Environment:
    """Of the package's templates; where they are kept `compiled`, filling one does not compile it again.

    A name that a template asks for and is not given is an error, never an empty place.
    """
    return Environment(
        bytecode_cache=compiled,
        loader=PackageLoader("miyabi_dw"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def source_of(name: str) -> str:
    """The text of a file beside the templates, like the stylesheet."""
    return (resources.files("miyabi_dw") / "templates" / name).read_text(encoding="utf-8")
