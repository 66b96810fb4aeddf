"""The networks that were tried on a document's task, each with its training and what it came to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from multirun_analysis.documents.expected import Expected
from multirun_analysis.documents.findings import Finding
from multirun_analysis.documents.formats import write
from multirun_analysis.frames.settings import Value
from multirun_analysis.tables.formats import ABSENT, thousands
from multirun_analysis.tables.tables import Column

Config = Mapping[str, Value]

GATED = "sigmoid gates, tanh"
ATTENTIONS = {"dot": "dot attention", "cosine": "cosine attention"}
WEIGHTS = {
    "input": "inputs",
    "recurrent": "recurrent",
    "bias": "biases",
    "bias_ih": "input biases",
    "readout": "readout",
}
OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}
RULES: dict[str, Callable[[str], str]] = {
    "normal": lambda value: "N(0, 1)" if value == "1" else f"N(0, {value}²)",
    "uniform": lambda value: f"U({value.strip('[]').replace(',', ', ')})" if "[" in value else f"U(-{value}, {value})",
    "constant": lambda value: value,
    "chrono": lambda value: f"chrono({value})",
}


def build_architectures(findings: Sequence[Finding], expected: Mapping[str, Expected]) -> list[Column]:
    """A row a network of some findings, as its command makes it, run or not."""
    networks = list({finding.row.command: finding for finding in findings}.values())
    configs = [expected[finding.row.command].config for finding in networks]
    wrong = {finding.row.command: finding for finding in findings if finding.row.figure == "wrong"}
    return [
        Column(("network",), [finding.row.network for finding in networks], left=True),
        Column(("units",), [str(config["hidden"]).strip("[]").replace(",", "-") for config in configs]),
        Column(("activation",), [_format_activation(config) for config in configs], left=True),
        Column(("initial weights",), [format_weights(config) for config in configs], left=True),
        Column(("optimizer",), [_format_optimizer(config) for config in configs], left=True),
        Column(("batch",), [str(config["batch_size"]) for config in configs]),
        Column(("sequences", "at most"), [thousands(float(config["max_sequences"])) for config in configs]),
        Column(("solved",), [_format_solved(finding) for finding in networks]),
        Column(("wrong,", "mean"), [_format_wrong(wrong.get(finding.row.command)) for finding in networks]),
    ]


def _format_activation(config: Config) -> str:
    own = config.get("model.nonlinearity")
    name = GATED if own is None else {"relu": "ReLU"}.get(str(own), str(own))
    attention = ATTENTIONS.get(str(config["model.attention"]))
    return f"{name}; {attention}" if attention else name


def format_weights(config: Config) -> str:
    """What is drawn otherwise than torch does: `inputs N(0, 1), biases forget 7, input -3`."""
    rules = {words: str(config[f"init.{key}"]) for key, words in WEIGHTS.items()}
    return (
        ", ".join(f"{words} {format_rule(rule)}" for words, rule in rules.items() if rule not in ("default", "null"))
        or "torch's"
    )


def format_rule(rule: str) -> str:
    """A rule of initial weights as a person writes it: `{normal:0.1}` as `N(0, 0.1²)`; a list is one a layer."""
    if rule.startswith("[{"):
        return " / ".join(format_rule(part) for part in re.findall(r"\{[^}]*\}", rule))
    pairs = re.findall(r"(\w+):(\[[^\]]*\]|[^,}]+)", rule)
    if not pairs:
        return rule
    return ", ".join(RULES[name](value) if name in RULES else f"{name} {value}" for name, value in pairs)


def _format_optimizer(config: Config) -> str:
    words = f"{OPTIMIZERS[str(config['optimizer.name'])]} {config['optimizer.lr']:g}"
    words += " falling with the error" if config["schedule.name"] == "error" else ""
    return words if config["clip"] == "null" else f"{words}, clip {config['clip']:g}"


def _format_solved(finding: Finding) -> str:
    return f"{finding.solved} of {finding.trials}" if finding.trials and not finding.otherwise else ABSENT


def _format_wrong(finding: Finding | None) -> str:
    return ABSENT if finding is None or finding.missing or finding.otherwise else write(finding, finding.mean)
