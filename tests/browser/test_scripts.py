"""What a TV with Chromium 68 cannot read or has not got: one such line stops a module or drops a style sheet."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tinycss2

STATIC = Path(__file__).parents[2] / "static"
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
SHEETS = sorted((STATIC / "css").rglob("*.css"))

NEWER_NAMES = {
    "AggregateError",
    "BigInt",
    "CompressionStream",
    "DisplayNames",
    "FinalizationRegistry",
    "ListFormat",
    "Locale",
    "RelativeTimeFormat",
    "Segmenter",
    "WeakRef",
    "adoptedStyleSheets",
    "allSettled",
    "canParse",
    "checkVisibility",
    "dateStyle",
    "findLast",
    "findLastIndex",
    "flat",
    "flatMap",
    "formatRange",
    "fromEntries",
    "getAnimations",
    "globalThis",
    "groupBy",
    "hasOwn",
    "hourCycle",
    "isWellFormed",
    "matchAll",
    "queueMicrotask",
    "randomUUID",
    "replaceAll",
    "replaceChildren",
    "reportError",
    "requestSubmit",
    "scheduler",
    "showPopover",
    "signDisplay",
    "startViewTransition",
    "structuredClone",
    "submitter",
    "timeStyle",
    "toReversed",
    "toSorted",
    "toWellFormed",
    "toggleAttribute",
    "trimEnd",
    "trimStart",
    "userAgentData",
    "withResolvers",
}
"""A script may use one that it asks for first, as in `"WeakRef" in window`."""

DEVICES_KNOWLEDGE = re.compile(r"\bIntl\b|toLocale\w*String|getTimezoneOffset|\bget(?:Hours|Minutes|Day|Date)\(")
"""Of languages and time zones it is as old as the device."""

AT_RULES = {"font-face", "keyframes", "media", "page", "supports"}
NEWER_SELECTORS = {"focus-visible", "has", "is", "where"}
NEWER_FUNCTIONS = {"clamp", "color-mix", "max", "min"}
NEWER_PROPERTIES = {"aspect-ratio", "column-gap", "gap", "row-gap"}
"""The gaps do not work in a flex box; in a grid they have an older name."""
NEWER_UNITS = ("cqb", "cqh", "cqi", "cqw", "dvh", "dvw", "lvh", "lvw", "svh", "svw")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_es2017(path: Path) -> None:
    assert list(script_faults(path.read_text())) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_asks_a_device_how_numbers_and_times_are_written(path: Path) -> None:
    assert DEVICES_KNOWLEDGE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_every_style_sheet_is_one_that_old_tvs_read(path: Path) -> None:
    assert list(sheet_faults(path.read_text())) == []


@pytest.mark.parametrize(
    "source",
    [
        "a?.b",
        "a ?? b",
        "a ??= b",
        "class A { b = 1 }",
        "class A { #b() {} }",
        "class A { static { } }",
        "try { a() } catch { b() }",
        "const b = { ...a }",
        "const { b, ...c } = a",
        "async function f() { for await (const b of a) b() }",
        "async function* f() {}",
        "import('./a.js')",
        "a(/(?<b>c)/)",
        "a(/b/s)",
        "a(/(?<=b)c/)",
        "await a",
        "1_000",
        "1n",
        "globalThis.a",
        "a.flat()",
        "a.at(-1)",
        "new Intl.ListFormat()",
        "a.replaceChildren()",
        "a.toggleAttribute('b')",
        "new WeakRef(a)",
        "new window.WeakRef(a)",
        "if ('BigInt' in window) new WeakRef(a)",
        "new Intl.DateTimeFormat('en', { hourCycle: 'h23' })",
    ],
)
def test_newer_script_is_noticed(source: str) -> None:
    assert list(script_faults(source))


def test_a_newer_name_may_be_used_where_a_script_asks_for_it_first() -> None:
    assert list(script_faults("const a = 'WeakRef' in window ? new WeakRef(b) : null")) == []


@pytest.mark.parametrize(
    "source",
    [
        "@layer a { b { color: red } }",
        "@layer a;",
        "@import url(a.css);",
        "@container (width > 1px) { b { color: red } }",
        "a { b { color: red } }",
        "a { &:hover { color: red } }",
        "@media print { a { b { color: red } } }",
        "a:has(b) { color: red }",
        "a:not(:is(b, c)) { color: red }",
        ":where(a) { color: red }",
        "a:focus-visible { color: red }",
        "a { width: clamp(1px, 2vw, 3px) }",
        "a { width: calc(1px + min(2vw, 3px)) }",
        "@media print { a { width: max(2vw, 3px) } }",
        "a { inset: 0 }",
        "a { inset-inline: 0 }",
        "a { aspect-ratio: 1 }",
        "a { gap: 1px }",
        "a { height: 100dvh }",
        "a { color red }",
    ],
)
def test_newer_style_is_noticed(source: str) -> None:
    assert list(sheet_faults(source))


def script_faults(source: str) -> Iterator[str]:
    import esprima  # takes longer than all other imports of tests together

    try:
        tree = esprima.parseModule(source).toDict()
    except esprima.Error as error:
        yield str(error)
        return
    asked_for = {name for node in nodes(tree) if (name := name_asked_for(node))}
    for node in nodes(tree):
        yield from (fault for fault in node_faults(node) if fault not in asked_for)


def name_asked_for(node: dict[str, Any]) -> str | None:
    match node:
        case {"type": "BinaryExpression", "operator": "in", "left": {"type": "Literal", "value": str(name)}}:
            return name
    return None


def node_faults(node: dict[str, Any]) -> Iterator[str]:
    match node:
        case {"type": "ObjectExpression", "properties": parts} | {"type": "ObjectPattern", "properties": parts}:
            yield from (f"{part['type']} of an object" for part in parts if part["type"] != "Property")
        case {"type": "Import"}:
            yield "dynamic import"
        case {"type": "Literal", "regex": {"pattern": pattern, "flags": flags}}:
            if "s" in flags or any(newer in pattern for newer in ("(?<", "\\p{")):
                yield f"regular expression /{pattern}/{flags}"
        case {"type": "CallExpression", "callee": {"type": "MemberExpression", "property": {"name": "at"}}}:
            yield "at()"
        case {"type": "Identifier", "name": name} if name in NEWER_NAMES:
            yield name


def nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else []:
        yield from nodes(child)


def sheet_faults(source: str) -> Iterator[str]:
    yield from rule_faults(tinycss2.parse_stylesheet(source, skip_comments=True, skip_whitespace=True))


def rule_faults(rules: list[Any]) -> Iterator[str]:
    for rule in rules:
        match rule.type:
            case "qualified-rule":
                yield from prelude_faults(rule.prelude)
                yield from block_faults(rule.content)
            case "at-rule" if rule.lower_at_keyword not in AT_RULES:
                yield f"@{rule.at_keyword}"
            case "at-rule" if rule.lower_at_keyword in ("font-face", "page"):
                yield from block_faults(rule.content)
            case "at-rule":
                yield from rule_faults(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))
            case other:
                yield f"{other} at line {rule.source_line}"


def block_faults(content: list[Any]) -> Iterator[str]:
    for part in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if part.type != "declaration":
            yield f"{part.type} inside of a rule, at line {part.source_line}"
            continue
        if part.lower_name in NEWER_PROPERTIES or part.lower_name.startswith("inset"):
            yield f"{part.name}: at line {part.source_line}"
        yield from (fault for token in tokens(part.value) if (fault := token_fault(token)))


def prelude_faults(prelude: list[Any]) -> Iterator[str]:
    before = None
    for token in tokens(prelude):
        name = getattr(token, "lower_name", None) or getattr(token, "lower_value", None)
        if name in NEWER_SELECTORS and before == ":":
            yield f":{name} at line {token.source_line}"
        before = token


def token_fault(token: Any) -> str | None:
    if token.type == "function" and token.lower_name in NEWER_FUNCTIONS:
        return f"{token.name}() at line {token.source_line}"
    if token.type == "dimension" and token.lower_unit in NEWER_UNITS:
        return f"{token.unit} at line {token.source_line}"
    return None


def tokens(values: list[Any]) -> Iterator[Any]:
    for token in values:
        yield token
        yield from tokens(getattr(token, "arguments", None) or getattr(token, "content", None) or [])
