"""The small changes: operators, constants, conditions, caps and deleted statements, one at a time."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

LEFT_OUT = ("words", "facts", "check", "check_objects")  # methods with texts and messages, not rules
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
}  # fmt: skip
Change = tuple[ast.expr | ast.stmt, ast.AST]  # a node, and what stands in its place


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file.

    Attributes:
        file: Path in the repository.
        line: Number of the line, from 1.
        function: Function, or constant of the module.
        before: Code that is replaced.
        after: Its replacement.
        code: The line, without the spaces around it.
        span: First and last byte (exclusive) of `before` in the file.
    """

    file: str
    line: int
    function: str
    before: str
    after: str
    code: str
    span: tuple[int, int]

    def applied_to(self, source: str) -> str:
        """The changed file."""
        data = source.encode()
        return (data[: self.span[0]] + self.after.encode() + data[self.span[1] :]).decode()


def mutants_of(file: str, source: str) -> list[Mutant]:
    """All changes of a file, in the order of its lines."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = {}
    for name, node, new in _changes(ast.parse(source)):
        assert node.end_lineno is not None and node.end_col_offset is not None
        span = (
            starts[node.lineno - 1] + node.col_offset,
            starts[node.end_lineno - 1] + node.end_col_offset,
        )
        before = source.encode()[slice(*span)].decode()
        text = ast.unparse(new)
        # A sign or an operator around a number binds as before; all else is put in parentheses.
        is_whole = isinstance(new, ast.stmt) or (isinstance(new, ast.Constant) and not text.startswith("-"))
        after = text if is_whole else f"({text})"
        code = source.splitlines()[node.lineno - 1].strip()
        found[span, after] = Mutant(file, node.lineno, name, before, after, code, span)
    return sorted(found.values(), key=lambda mutant: (mutant.span, mutant.after))


def _changes(module: ast.Module) -> Iterator[tuple[str, ast.expr | ast.stmt, ast.AST]]:
    for top in module.body:
        for part in top.body if isinstance(top, ast.ClassDef) else [top]:
            if isinstance(part, ast.FunctionDef) and part.name not in LEFT_OUT:
                body = part.body[1:] if ast.get_docstring(part) else part.body
                bound = {argument.arg for argument in part.args.args}
                for statement in body:
                    for node, new in _inside(statement, bound):
                        yield part.name, node, new
        if isinstance(top, ast.Assign) and isinstance(name := top.targets[0], ast.Name):
            for node, new in _inside(top.value, set()):
                yield name.id, node, new


def _inside(node: ast.AST, bound: set[str]) -> Iterator[Change]:
    """Changes of a node and of all in it; `bound` collects the names that have a value already."""
    if isinstance(node, ast.JoinedStr | ast.Raise | ast.Lambda):
        return
    yield from _of(node, bound)
    for name, child in ast.iter_fields(node):
        for part in child if isinstance(child, list) else [child]:
            if isinstance(part, ast.AST) and name != "annotation":
                yield from _inside(part, bound)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        bound.add(node.id)


def _of(node: ast.AST, bound: set[str]) -> Iterator[Change]:
    match node:
        case ast.Compare(left, operators, right):
            for i, operator in enumerate(operators):
                changed = [*operators[:i], COMPARISONS[type(operator)](), *operators[i + 1 :]]
                yield node, ast.Compare(left, changed, right)
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            yield node, ast.BinOp(left, OPERATORS[type(operator)](), right)
        case ast.BoolOp(operator, values):
            yield node, ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not() | ast.USub() | ast.Invert(), operand):
            yield node, operand
        case ast.Constant(bool(value)):
            yield node, ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield from ((node, ast.Constant(value + step)) for step in (1, -1))
        case ast.Call(ast.Name("min" | "max" as name), arguments) if len(arguments) > 1:
            yield node, ast.Call(ast.Name("max" if name == "min" else "min"), arguments, [])
            for i in range(len(arguments)):  # without a cap
                rest = arguments[:i] + arguments[i + 1 :]
                yield node, ast.Call(ast.Name(name), rest, []) if len(rest) > 1 else rest[0]
        case ast.AugAssign(target, operator, value):
            yield node, ast.AugAssign(target, OPERATORS[type(operator)](), value)
    if isinstance(node, ast.If | ast.While | ast.IfExp) and not _is_negated_elsewhere(node.test):
        yield node.test, ast.UnaryOp(ast.Not(), node.test)
    if _can_go(node, bound):
        assert isinstance(node, ast.stmt)
        yield node, ast.Pass()


def _is_negated_elsewhere(test: ast.expr) -> bool:
    """Whether the change of an operator negates it."""
    equal = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq | ast.NotEq)
    return (equal and len(test.ops) == 1) or (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not))


def _can_go(node: ast.AST, bound: set[str]) -> bool:
    """Whether a statement can be left out without leaving a name undefined."""
    if isinstance(node, ast.Assign):
        names = [n for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
        return all(n.id in bound for n in names if isinstance(n.ctx, ast.Store))
    return isinstance(node, ast.AugAssign | ast.Expr | ast.Return | ast.Continue | ast.Break)
