"""Parse OpenQASM 2 and 3 to statements. Nothing in a text is executed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NoReturn

from qslc.circuits.qasm_text import (
    CLASSICAL,
    Apply,
    Call,
    Declare,
    Define,
    Expression,
    Include,
    Measure,
    Modifier,
    Name,
    Number,
    Operand,
    Statement,
    SyntaxFault,
    Text,
    Token,
    explain_classical,
    tokenize,
)
from qslc.diagnostics import Diagnostic, InputError, Span

MAX_DEPTH = 100
MAX_DIGITS = 40
MAX_ERRORS = 50


def parse(text: str, file: str) -> Text:
    """Read a text of OpenQASM. Nothing in it is executed.

    Raises:
        InputError: It is none; the error tells every statement that is wrong.
    """
    return _Parser(list(tokenize(text, file)), file).read()


_TYPES = frozenset({"float", "angle", "int", "uint", "bool", "complex", "bit", "duration"})
_BINARY = ({"+": "+", "-": "-"}, {"*": "*", "/": "/", "%": "%"})


@dataclass(slots=True)
class _Parser:
    tokens: list[Token]
    file: str
    at: int = 0
    version: int = 3
    found: list[Diagnostic] = field(default_factory=list)

    def read(self) -> Text:
        statements: list[Statement] = []
        while self.at < len(self.tokens) and len(self.found) < MAX_ERRORS:
            start = self.at
            try:
                statements += self._read_statement()
            except SyntaxFault as fault:
                self.found.append(fault.diagnostic)
                self._skip_statement(start)
        if self.found:
            raise InputError(*self.found)
        return Text(self.version, tuple(statements))

    def _peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place].text if place < len(self.tokens) else ""

    def _take(self) -> Token:
        if self.at >= len(self.tokens):
            self._fail("the text ends here, inside a statement", "is a ; missing?")
        self.at += 1
        return self.tokens[self.at - 1]

    def _skip(self, text: str) -> bool:
        found = self._peek() == text
        self.at += found
        return found

    def _expect(self, text: str, after: str) -> Token:
        if self._peek() != text:
            self._fail(f'expected "{text}" {after}{self._describe_next()}')
        return self._take()

    def _expect_name(self, what: str) -> Token:
        if self.at >= len(self.tokens) or self.tokens[self.at].kind != "name":
            self._fail(f"expected {what}{self._describe_next()}")
        return self._take()

    def _describe_next(self) -> str:
        return f', got "{self._peek()}"' if self._peek() else ", but the text ends"

    def _fail(self, message: str, advice: str = "") -> NoReturn:
        if self.at < len(self.tokens):
            span = self.tokens[self.at].span
        else:  # behind the last token
            last = self.tokens[-1].span if self.tokens else Span(self.file, 1, 1)
            span = replace(last, column=last.column + last.length, length=1)
        raise SyntaxFault(Diagnostic(message, span, help=advice))

    def _skip_statement(self, start: int) -> None:
        """Go on behind the statement that began at a token: after its ; or its braces."""
        self.at, depth = start, 0
        while self.at < len(self.tokens):
            word = self._take().text
            depth += {"{": 1, "}": -1}.get(word, 0)
            if depth <= 0 and word in (";", "}"):
                return

    def _read_statement(self) -> list[Statement]:
        token = self.tokens[self.at]
        word = token.text
        if word == ";":
            self.at += 1
            return []
        if word in ("#", "@", "pragma"):  # a pragma or an annotation is the rest of its line
            while self.at < len(self.tokens) and self.tokens[self.at].span.line == token.span.line:
                self.at += 1
            return []
        if word in CLASSICAL or (word == "reset"):
            self._fail(*explain_classical(word))
        if word == "opaque":
            message = "an opaque gate has no definition, hence no matrix"
            self._fail(message, "define it with gate, by gates that have one")
        readers = {
            "OPENQASM": self._read_version,
            "include": self._read_include,
            "gate": self._read_definition,
            "measure": self._read_measurement,
            "barrier": self._skip_barrier,
            "delay": self._skip_barrier,
            "input": self._read_input,
            "const": self._read_constant,
        }
        if word in readers:
            return readers[word]()
        if word in ("qreg", "creg", "qubit", "bit") or word in _TYPES:
            return self._read_declaration()
        if self._is_assignment():
            return self._read_assignment()
        apply = self._read_apply()
        self._expect(";", f'after the gate "{apply.gate}"')
        return [apply]

    def _read_version(self) -> list[Statement]:
        self._take()
        number = self._take()
        major = number.text.split(".")[0]
        if major not in ("2", "3"):
            self.at -= 1
            self._fail(f"OpenQASM {number.text} is not known", "versions are 2.0 and 3.0")
        self.version = int(major)
        self._expect(";", "after the version")
        return []

    def _read_include(self) -> list[Statement]:
        self._take()
        token = self._take()
        if token.kind != "text":
            self.at -= 1
            self._fail("expected the name of a file in quotes", 'include "stdgates.inc";')
        self._expect(";", "after the include")
        return [Include(token.text[1:-1], token.span)]

    def _read_definition(self) -> list[Statement]:
        self._take()
        name = self._expect_name("the name of a gate")
        angles: tuple[str, ...] = ()
        if self._skip("("):
            angles = () if self._peek() == ")" else self._read_names("an angle")
            self._expect(")", "after the angles of the gate")
        qubits = self._read_names("a qubit")
        self._expect("{", "before the body of the gate")
        body: list[Apply] = []
        while not self._skip("}"):
            if self._peek() in ("barrier", "delay"):
                self._skip_barrier()
                continue
            if self._peek() in CLASSICAL or self._peek() in ("measure", "reset"):
                self._fail(*explain_classical(self._peek()))
            body.append(self._read_apply())
            self._expect(";", f'after the gate "{body[-1].gate}"')
        return [Define(name.text, angles, qubits, tuple(body), name.span)]

    def _read_names(self, what: str) -> tuple[str, ...]:
        names = [self._expect_name(what).text]
        while self._skip(","):
            names.append(self._expect_name(what).text)
        return tuple(names)

    def _read_measurement(self) -> list[Statement]:
        span = self._take().span
        operand = self._read_operand()
        if self._skip("->"):
            self._read_operand()
        self._expect(";", "after the measurement")
        return [Measure(operand, span)]

    def _skip_barrier(self) -> list[Statement]:
        while self._take().text != ";":
            pass
        return []

    def _read_input(self) -> list[Statement]:
        self._take()
        kind = self._expect_name("a type")
        if kind.text not in ("float", "angle", "int", "uint"):
            self.at -= 1
            self._fail(f'an input of type "{kind.text}" is no angle', "input float[64] theta;")
        self._read_size()
        name = self._expect_name("the name of the input")
        self._expect(";", "after the input")
        return [Declare("input", name.text, None, None, name.span)]

    def _read_constant(self) -> list[Statement]:
        self._take()
        self._expect_name("a type")
        self._read_size()
        name = self._expect_name("the name of the constant")
        self._expect("=", "after the name of the constant")
        value = self._read_expression()
        self._expect(";", "after the constant")
        return [Declare("const", name.text, None, value, name.span)]

    def _read_declaration(self) -> list[Statement]:
        kind = self._take()
        old = kind.text in ("qreg", "creg")
        before = None if old else self._read_size()
        name = self._expect_name(f"the name of the {kind.text}")
        size = self._read_size() if old else before
        word = {"qreg": "qubit", "creg": "bit"}.get(kind.text, kind.text)
        if word not in ("qubit", "bit"):
            self.at -= 1
            advice = "write const in front of it, or input for what has no value yet"
            self._fail(f'"{name.text}" is a classical variable', advice)
        declared = Declare(word, name.text, size, None, name.span)
        if word == "bit" and self._skip("="):
            self._expect("measure", "after =")
            self.at -= 1
            return [declared, *self._read_measurement()]
        self._expect(";", f"after the declaration of {name.text}")
        return [declared]

    def _read_size(self) -> Expression | None:
        if not self._skip("["):
            return None
        size = self._read_expression()
        self._expect("]", "after the size")
        return size

    def _is_assignment(self) -> bool:
        place = 1
        if self._peek(place) == "[":
            while self._peek(place) not in ("]", ";", ""):
                place += 1
            place += 1
        return self._peek(place) == "="

    def _read_assignment(self) -> list[Statement]:
        operand = self._read_operand()
        self._take()
        if self._peek() != "measure":
            message = f'"{operand.name}" is assigned: a layer has no classical variables'
            self._fail(message, "leave it out")
        return self._read_measurement()

    def _read_apply(self) -> Apply:
        modifiers: list[Modifier] = []
        while self._peek() in ("inv", "pow", "ctrl", "negctrl") and self._peek(1) in ("@", "("):
            token, argument = self._take(), None
            if self._skip("("):
                argument = self._read_expression()
                self._expect(")", f"after the argument of {token.text}")
            self._expect("@", f"after {token.text}")
            modifiers.append(Modifier(token.text, argument, token.span))
        name = self._expect_name("a statement")
        angles: tuple[Expression, ...] = ()
        if self._skip("("):
            angles = () if self._peek() == ")" else self._read_expressions()
            self._expect(")", f'after the angles of "{name.text}"')
        operands: list[Operand] = []
        if self._peek() != ";":
            operands.append(self._read_operand())
        while self._skip(","):
            operands.append(self._read_operand())
        return Apply(name.text, angles, tuple(operands), tuple(modifiers), name.span)

    def _read_operand(self) -> Operand:
        name = self._expect_name("a qubit or a register")
        index = self._read_size()
        return Operand(name.text, index, name.span)

    def _read_expressions(self) -> tuple[Expression, ...]:
        found = [self._read_expression()]
        while self._skip(","):
            found.append(self._read_expression())
        return tuple(found)

    def _read_expression(self, level: int = 0, depth: int = 0) -> Expression:
        if depth > MAX_DEPTH:
            self._fail("the expression is nested too deeply", "write it in fewer parentheses")
        if level == len(_BINARY):
            return self._read_sign(depth)
        left = self._read_expression(level + 1, depth + 1)
        while self._peek() in _BINARY[level]:
            operator = self._take()
            right = self._read_expression(level + 1, depth + 1)
            left = Call(operator.text, (left, right), operator.span)
        return left

    def _read_sign(self, depth: int) -> Expression:
        if self._peek() in ("-", "+"):
            sign = self._take()
            operand = self._read_sign(depth + 1) if depth < MAX_DEPTH else self._read_atom(depth)
            return operand if sign.text == "+" else Call("-", (operand,), sign.span)
        base = self._read_atom(depth)
        power = "^" if self.version == 2 else "**"
        if self._peek() in ("**", power):
            operator = self._take()
            return Call("**", (base, self._read_sign(depth + 1)), operator.span)
        return base

    def _read_atom(self, depth: int) -> Expression:
        token = self._take()
        if token.kind == "number" and len(token.text) > MAX_DIGITS:
            self.at -= 1
            self._fail(f"a number of more than {MAX_DIGITS} digits")
        if token.kind == "number":
            read = int if token.text.isdigit() else float
            return Number(read(token.text), token.span)
        if token.kind == "name":
            if not self._skip("("):
                return Name(token.text, token.span)
            arguments = self._read_expressions()
            self._expect(")", f"after the argument of {token.text}")
            return Call(token.text, arguments, token.span)
        if token.text == "(":
            inner = self._read_expression(0, depth + 1)
            self._expect(")", "after the expression")
            return inner
        self.at -= 1
        return self._fail(f'expected a number, a name or "("{self._describe_next()}')
