"""Types, bounds and signatures as Rust writes them, on one line and with full paths."""

# What is named without its path, as everywhere in Rust.
PRELUDE = set(
    "AsMut AsRef AsyncFn AsyncFnMut AsyncFnOnce Box Clone Copy Default DoubleEndedIterator Drop Eq ExactSizeIterator"
    " Extend Fn FnMut FnOnce From FromIterator Future Into IntoFuture IntoIterator Iterator Option Ord PartialEq"
    " PartialOrd Result Send Sized String Sync ToOwned ToString TryFrom TryInto Unpin Vec".split()
)
STD = ("core", "alloc", "std")


class Signatures:
    """Writes what a crate's JSON has; `public` are the public paths of the other published crates, by
    the paths at which the items are defined."""

    def __init__(self, crate, public=None):
        self.crate = crate
        self.public = public or {}

    def name(self, id, written):
        """The path of an item, from the root of its crate."""
        if id in self.crate.public:
            return "::".join(("crate", *self.crate.public[id]))
        summary = self.crate.summaries.get(id)
        if summary is None:
            return written
        path = tuple(summary["path"])
        if summary["crate_id"] == 0:
            return "::".join(("crate", *path[1:]))
        if path[0] in STD:
            return path[-1] if path[-1] in PRELUDE else "::".join(("std", *path[1:]))
        return "::".join(self.public.get(path, path))

    def path(self, path):
        return self.name(path["id"], path["path"]) + self.args(path["args"])

    def args(self, args):
        if not args:
            return ""
        if "parenthesized" in args:
            inputs = ", ".join(map(self.type, args["parenthesized"]["inputs"]))
            return f"({inputs}){self.output(args['parenthesized']['output'])}"
        if "angle_bracketed" not in args:
            return "(..)"
        args = args["angle_bracketed"]
        texts = [self.arg(arg) for arg in args["args"]] + [self.constraint(one) for one in args["constraints"]]
        return f"<{', '.join(texts)}>" if texts else ""

    def arg(self, arg):
        if arg == "infer":
            return "_"
        ((kind, value),) = arg.items()
        if kind == "const":
            return value["expr"]
        return value if kind == "lifetime" else self.type(value)

    def constraint(self, one):
        ((kind, value),) = one["binding"].items()
        left = one["name"] + self.args(one["args"])
        if kind == "constraint":
            return f"{left}: {self.bounds(value)}"
        return f"{left} = {self.term(value)}"

    def term(self, term):
        return self.type(term["type"]) if "type" in term else term["constant"]["expr"]

    def output(self, output):
        return f" -> {self.type(output)}" if output else ""

    def type(self, type):
        if type == "infer":
            return "_"
        ((kind, value),) = type.items()
        return getattr(self, f"type_{kind}")(value)

    def type_resolved_path(self, value):
        return self.path(value)

    def type_generic(self, value):
        return value

    def type_primitive(self, value):
        return "!" if value == "never" else value

    def type_tuple(self, value):
        texts = [self.type(one) for one in value]
        return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"

    def type_slice(self, value):
        return f"[{self.type(value)}]"

    def type_array(self, value):
        return f"[{self.type(value['type'])}; {value['len']}]"

    def type_raw_pointer(self, value):
        return f"*{'mut' if value['is_mutable'] else 'const'} {self.type(value['type'])}"

    def type_borrowed_ref(self, value):
        lifetime = f"{value['lifetime']} " if value["lifetime"] else ""
        inner = self.type(value["type"])
        if " + " in inner and ("dyn_trait" in value["type"] or "impl_trait" in value["type"]):
            inner = f"({inner})"
        return f"&{lifetime}{'mut ' if value['is_mutable'] else ''}{inner}"

    def type_dyn_trait(self, value):
        texts = [self.higher(one["generic_params"]) + self.path(one["trait"]) for one in value["traits"]]
        return "dyn " + " + ".join(texts + ([value["lifetime"]] if value["lifetime"] else []))

    def type_impl_trait(self, value):
        return f"impl {self.bounds(value)}"

    def type_qualified_path(self, value):
        name = value["name"] + self.args(value["args"])
        self_type = self.type(value["self_type"])
        if not value["trait"] or self_type == "Self":
            return f"{self_type}::{name}"
        return f"<{self_type} as {self.path(value['trait'])}>::{name}"

    def type_function_pointer(self, value):
        inputs = ", ".join(self.type(type) for _, type in value["sig"]["inputs"])
        head = self.higher(value["generic_params"]) + self.header(value["header"])
        return f"{head}fn({inputs}){self.output(value['sig']['output'])}"

    def bounds(self, bounds):
        return " + ".join(map(self.bound, bounds))

    def bound(self, bound):
        ((kind, value),) = bound.items()
        if kind == "trait_bound":
            modifier = {"none": "", "maybe": "?", "maybe_const": "~const "}[value["modifier"]]
            return self.higher(value["generic_params"]) + modifier + self.path(value["trait"])
        if kind == "use":
            captured = [next(iter(one.values())) if isinstance(one, dict) else one for one in value]
            return f"use<{', '.join(captured)}>"
        return value

    def higher(self, params):
        return f"for{self.params(params)} " if params else ""

    def params(self, params):
        """Generic parameters in angle brackets. `impl Trait` in an argument is none."""
        texts = [self.param(one) for one in params if not one["kind"].get("type", {}).get("is_synthetic")]
        return f"<{', '.join(texts)}>" if texts else ""

    def param(self, one):
        ((kind, value),) = one["kind"].items()
        if kind == "lifetime":
            return one["name"] + (f": {' + '.join(value['outlives'])}" if value["outlives"] else "")
        if kind == "const":
            default = f" = {value['default']}" if value["default"] else ""
            return f"const {one['name']}: {self.type(value['type'])}{default}"
        bounds = f": {self.bounds(value['bounds'])}" if value["bounds"] else ""
        return one["name"] + bounds + (f" = {self.type(value['default'])}" if value["default"] else "")

    def where(self, generics):
        texts = [self.predicate(one) for one in generics["where_predicates"]]
        return f" where {', '.join(texts)}" if texts else ""

    def predicate(self, one):
        ((kind, value),) = one.items()
        if kind == "bound_predicate":
            return f"{self.higher(value['generic_params'])}{self.type(value['type'])}: {self.bounds(value['bounds'])}"
        if kind == "lifetime_predicate":
            return f"{value['lifetime']}: {' + '.join(value['outlives'])}"
        return f"{self.type(value['lhs'])} == {self.term(value['rhs'])}"

    def header(self, header):
        words = [word for word in ("const", "async", "unsafe") if header[f"is_{word}"]]
        if header["abi"] != "Rust":
            ((abi, _),) = header["abi"].items() if isinstance(header["abi"], dict) else ((header["abi"], None),)
            words.append(f'extern "{abi}"')
        return "".join(f"{word} " for word in words)

    def function(self, function, path):
        """A function with its header, from its name's path on."""
        inputs = ", ".join(self.input(name, type) for name, type in function["sig"]["inputs"])
        return (
            f"{self.header(function['header'])}fn {path}{self.params(function['generics']['params'])}({inputs})"
            f"{self.output(function['sig']['output'])}{self.where(function['generics'])}"
        )

    def input(self, name, type):
        if name != "self":
            return f"{name}: {self.type(type)}"
        if type == {"generic": "Self"}:
            return "self"
        reference = type.get("borrowed_ref", {})
        if reference.get("type") == {"generic": "Self"}:
            return self.type(type).replace("Self", "self")
        return f"self: {self.type(type)}"
