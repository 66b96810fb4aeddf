"""What Hydra and OmegaConf raise, as one line that names the key, the value and the choices."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from hydra.core.config_store import ConfigStore
from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException
from yaml import MarkedYAMLError

from seqmem.arguments import shorten, suggest
from seqmem.config.build import KEYS, ConfigError, conf_dir, suggest_key
from seqmem.config.zipped import quote_zip
from seqmem.output import visible

BAD_INPUT = (ConfigError, HydraException, OmegaConfBaseException)
LONGEST = 1000  # characters of a message


def explain(error: Exception, arguments: Sequence[str]) -> str:
    """One line for an error that a command line or a config caused.

    Args:
        error: What was raised before any training.
        arguments: The command line.
    """
    return one_line(_explain(error, arguments))


def one_line(text: str) -> str:
    """A text on one line, without characters that do anything to a terminal, cut off where it gets too long."""
    shown = visible(" ".join(text.split()))
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} .."


def _explain(error: Exception, arguments: Sequence[str]) -> str:
    if own := _find_own(error):
        return str(own)
    if isinstance(error, MemoryError):
        return "no memory is left, before anything was trained; choose fewer or smaller jobs"
    if isinstance(error, MarkedYAMLError):
        return _explain_yaml(error)
    if isinstance(error, OSError) and str(error).startswith("Invalid loaded object type"):
        chosen = [argument for argument in arguments if _list_options(argument.partition("=")[0])]
        return f"{' '.join(map(shorten, chosen))}: a file of options must hold keys, as key: value"
    if isinstance(error, OverrideParseException):
        return _explain_syntax(error)
    if zips := [typed for typed in arguments if quote_zip(typed) != typed and quote_zip(typed) in str(error)]:
        return f"{shorten(zips[0])} has several values; add -m to run each"
    if several := re.match(r"Ambiguous value for argument '(([^=]+)=(.*))'", str(error)):
        override, key, values = several.groups()
        return f"{override} has several values; add -m to run each, or write {key}=[{values}] for a list"
    if isinstance(error, MissingConfigException) and error.options is not None:
        group, _, option = str(error.missing_cfg_file).rpartition("/")
        return _refuse_option(f"{group}={shorten(option)}", option, error.options)
    nested = [argument for argument in arguments if re.search(r"=\s*\[\s*[\[{]", argument)]  # no list of options
    if bad := explain_group(nested):
        return bad
    if ("Config group override" in str(error) or isinstance(error, OSError)) and (bad := explain_group(arguments)):
        return bad
    return _explain_cause(error, arguments)


def _explain_cause(error: Exception, arguments: Sequence[str]) -> str:
    """Explain by what is behind an error."""
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    if isinstance(error, ConfigCompositionException):
        if unknown := re.match(r"Could not override '(.+)'", str(error)):
            return _explain_override(unknown.group(1), cause)
        if unfit := re.match(r"Error merging override (.+)", str(error), re.DOTALL):
            return f"{shorten(unfit.group(1))}: {_first_line(cause)}"
    if isinstance(cause, ConfigKeyError):
        return _explain_key(str(cause.full_key), cause)
    if isinstance(cause, OmegaConfBaseException) and cause.full_key:
        key = str(cause.full_key)
        typed = [argument for argument in arguments if argument.partition("=")[0].lstrip("+~") == key]
        return f"{shorten(typed[-1]) if typed else key}: {_first_line(cause)}"
    message = " ".join(line.strip() for line in str(error).splitlines()[:2])
    if isinstance(error, RecursionError):
        message = "nested too deeply"
    elif not isinstance(error, (HydraException, OmegaConfBaseException)):
        message = f"{type(error).__name__}: {message}"
    names = [argument.partition("=")[0].lstrip("+~") for argument in arguments if "=" in argument]
    named = any(name in message for name in names if name)
    blamed = [] if named else _blame(error, arguments)
    message = message.removesuffix(": ")
    return f"{' '.join(map(shorten, blamed))}: {message}" if blamed else message


def _blame(error: Exception, arguments: Sequence[str]) -> list[str]:
    """The arguments that an error without a name is likely to come from: those that set up Hydra, else all."""
    hydras = [argument for argument in arguments if re.match(r"[+~]*hydra[./]", argument)]
    if hydras or isinstance(error, (HydraException, OmegaConfBaseException)):
        return hydras
    return [argument for argument in arguments if argument not in ("-m", "--multirun")]


def _explain_syntax(error: OverrideParseException) -> str:
    lines = [
        line.strip()
        for line in str(error).splitlines()
        if not line.startswith(("Error parsing", "Error when parsing", "See "))
    ]
    message = " ".join(lines)
    if "=" not in str(error.override) and "missing EQUAL" in message:
        return f"{shorten(str(error.override))} is no override; write {_guess_override(str(error.override))}"
    if "LexerNoViableAlt" in message:
        message = "a letter or bracket in it must be quoted, as \"key='value'\""
    return f"{shorten(str(error.override))} is not an override such as key=value: {message}"


def _guess_override(word: str) -> str:
    """What a word that stands alone may have been meant to be."""
    if word in KEYS or _list_options(word):
        return f"{word}=value"
    groups = sorted(path.name for path in conf_dir().iterdir() if path.is_dir())
    chosen = [f"{group}={word}" for group in groups if word in _list_options(group)]
    return chosen[0] if chosen else "key=value, as hidden=10"


def explain_group(arguments: Sequence[str]) -> str | None:
    """One line for a group that was given no name of an option, a number say; None if none was.

    Args:
        arguments: Of the command line.
    """
    for argument in arguments:
        group, _, value = argument.partition("=")
        options = _list_options(group)
        is_name = re.fullmatch(r"[A-Za-z]\w{,99}", value) and value not in ("null", "true", "false")
        if options and not is_name:
            return _refuse_option(shorten(argument), value, options)
    return None


def _refuse_option(shown: str, option: str, options: Sequence[str]) -> str:
    close = difflib.get_close_matches(option[:LONGEST], options, n=1, cutoff=0.5)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"{shown} is not an option; {meant}choose {', '.join(options)}"


def _explain_yaml(error: MarkedYAMLError) -> str:
    """Where a file of options is none, and why."""
    mark = error.problem_mark or error.context_mark
    where = f"{mark.name}, line {mark.line + 1}: " if mark else ""
    return f"{where}{error.problem or error.context}"


def _list_options(group: str) -> list[str]:
    """The names of a group's options; none if there is no such group."""
    if group in ("hydra/launcher", "hydra/sweeper"):
        return sorted(name.removesuffix(".yaml") for name in ConfigStore.instance().list(group))
    if not re.fullmatch(r"\w{1,99}", group):
        return []
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


def _find_own(error: BaseException | None) -> ConfigError | None:
    """Our own error behind the ones that Hydra made of it."""
    seen: set[int] = set()  # an error that was raised again may stand behind itself
    while error is not None and not isinstance(error, ConfigError) and id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return error if isinstance(error, ConfigError) else None


def _explain_override(key: str, cause: BaseException) -> str:
    if options := _list_options(key):
        return f"{key} is a group, not a key; choose {', '.join(options)}"
    if isinstance(cause, OmegaConfBaseException) and cause.parent_node is not None:
        return _explain_key(str(cause.full_key or key), cause)
    return f"{shorten(key)} is not a config group or key; see --help"


def _explain_key(key: str, cause: OmegaConfBaseException) -> str:
    parent, _, name = key.rpartition(".")
    try:
        known = [str(known) for known in cause.parent_node.keys() if known != "hydra"]  # noqa: SIM118
        if not parent:
            return f"{shorten(key)} is not a key{suggest_key(name, cause.parent_node)}"
    except Exception:
        return f"{shorten(key)} is not a key of the config; see --help"
    return f"{shorten(key)} is not a key{suggest(name, known, f'{parent}.' if parent else '')}"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
