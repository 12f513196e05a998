"""The public surface of a crate as text: one line for each item, sorted by the path."""

from .crate import kind_of
from .signature import Signatures

# Of the auto traits those that a user relies on; a type is listed only where it lacks one, or has it
# on a condition.
AUTO = {"Send", "Sync", "Unpin"}
UNNAMED = {"StructuralPartialEq"}


def surface(crate, others=()):
    """The lines of a crate; `others` are the crates of which it shows items."""
    public = {
        tuple(other.summaries[id]["path"]): (other.name, *path)
        for other in others
        for id, path in other.public.items()
        if id in other.summaries
    }
    return [line for _, line in sorted(Surface(crate, public, {other.name for other in others}).lines)]


class Surface:
    """Collects the lines, each with the key by which it is sorted: of an item, first the item, then
    what it has, then what it implements."""

    def __init__(self, crate, public, others):
        self.crate = crate
        self.others = others
        self.signatures = Signatures(crate, public)
        self.lines = []
        for id, path in crate.public.items():
            self.item(crate.index[id], "::".join(("crate", *path)))
        for path, source in crate.foreign:
            self.add("::".join(("crate", *path)), 0, f"pub use {'::'.join(('crate', *path))} = {source}")
        for item in crate.index.values():
            if kind_of(item) == "impl" and item["crate_id"] == 0:
                self.implementation(item["inner"]["impl"])

    def add(self, path, rank, line):
        self.lines.append(((path, rank), line))

    def item(self, item, path):
        for other in self.crate.paths[item["id"]]:
            exported = "::".join(("crate", *other))
            if exported != path:
                self.add(exported, 0, f"pub use {exported} = {path}")
        kind = kind_of(item)
        getattr(self, f"item_{kind}")(item, item["inner"][kind], path)

    def marks(self, item):
        """What stands before an item and is a part of its contract."""
        marks = "#[non_exhaustive] " if "non_exhaustive" in item["attrs"] else ""
        return marks + ("#[deprecated] " if item["deprecation"] else "")

    def item_module(self, item, _module, path):
        if item is not self.crate.root:
            self.add(path, 0, f"pub mod {path}")

    def item_struct(self, item, struct, path):
        ((kind, fields),) = struct["kind"].items() if isinstance(struct["kind"], dict) else (("unit", None),)
        head = f"{self.marks(item)}pub struct {path}{self.signatures.params(struct['generics']['params'])}"
        where = self.signatures.where(struct["generics"])
        if kind == "tuple":
            self.add(path, 0, f"{head}{self.positional(fields, 'pub ')}{where}")
        elif kind == "plain":
            private = " { .. }" if fields["has_stripped_fields"] else ""
            self.add(path, 0, f"{head}{where}{private}")
            self.fields(fields["fields"], path)
        else:
            self.add(path, 0, f"{head};{where}")

    def item_union(self, item, union, path):
        generics = union["generics"]
        head = f"{self.marks(item)}pub union {path}{self.signatures.params(generics['params'])}"
        self.add(path, 0, head + self.signatures.where(generics))
        self.fields(union["fields"], path)

    def positional(self, fields, visibility):
        texts = []
        for id in fields:
            field = self.crate.index.get(id) if id is not None else None
            texts.append(visibility + self.signatures.type(field["inner"]["struct_field"]) if field else "_")
        return f"({', '.join(texts)})"

    def fields(self, ids, path):
        for id in ids:
            field = self.crate.index.get(id)
            if field is not None:
                type = self.signatures.type(field["inner"]["struct_field"])
                self.add(f"{path}::{field['name']}", 0, f"{self.marks(field)}pub {path}::{field['name']}: {type}")

    def item_enum(self, item, enum, path):
        generics = enum["generics"]
        head = f"{self.marks(item)}pub enum {path}{self.signatures.params(generics['params'])}"
        self.add(path, 0, head + self.signatures.where(generics))
        for id in enum["variants"]:
            if id in self.crate.index:
                variant = self.crate.index[id]
                self.item_variant(variant, variant["inner"]["variant"], f"{path}::{variant['name']}")

    def item_variant(self, item, variant, path):
        head = f"{self.marks(item)}variant {path}"
        kind = variant["kind"]
        value = f" = {variant['discriminant']['expr']}" if variant["discriminant"] else ""
        if kind == "plain":
            self.add(path, 0, head + value)
        elif "tuple" in kind:
            self.add(path, 0, head + self.positional(kind["tuple"], "") + value)
        else:
            self.add(path, 0, head + (" { .. }" if kind["struct"]["has_stripped_fields"] else " {}") + value)
            self.fields(kind["struct"]["fields"], path)

    def item_trait(self, item, trait, path):
        generics = trait["generics"]
        bounds = f": {self.signatures.bounds(trait['bounds'])}" if trait["bounds"] else ""
        words = ("unsafe " if trait["is_unsafe"] else "") + ("auto " if trait["is_auto"] else "")
        head = f"{self.marks(item)}pub {words}trait {path}{self.signatures.params(generics['params'])}"
        dyn = " // dyn-compatible" if trait["is_dyn_compatible"] else ""
        self.add(path, 0, head + bounds + self.signatures.where(generics) + dyn)
        self.members(trait["items"], path, "", is_trait=True)

    def members(self, ids, path, suffix, is_trait=False):
        """The functions, constants and types of a trait, or of a type's own."""
        for id in ids:
            item = self.crate.index.get(id)
            if item is not None and (is_trait or item["visibility"] == "public"):
                kind, at = kind_of(item), f"{path}::{item['name']}"
                text, is_provided = getattr(self, f"member_{kind}")(item["inner"][kind], at)
                word = ("provided " if is_provided else "required ") if is_trait else "pub "
                self.add(at, 0, f"{self.marks(item)}{word}{text}{suffix}")

    def member_function(self, function, path):
        return self.signatures.function(function, path), function["has_body"]

    def member_assoc_const(self, const, path):
        value = const["value"]
        shown = f" = {value}" if value not in (None, "_") else ""
        return f"const {path}: {self.signatures.type(const['type'])}{shown}", value is not None

    def member_assoc_type(self, type, path):
        bounds = f": {self.signatures.bounds(type['bounds'])}" if type["bounds"] else ""
        default = f" = {self.signatures.type(type['type'])}" if type["type"] else ""
        head = f"type {path}{self.signatures.params(type['generics']['params'])}"
        return head + bounds + default + self.signatures.where(type["generics"]), bool(type["type"])

    def item_function(self, item, function, path):
        self.add(path, 0, f"{self.marks(item)}pub {self.signatures.function(function, path)}")

    def item_type_alias(self, item, alias, path):
        generics = alias["generics"]
        head = f"{self.marks(item)}pub type {path}{self.signatures.params(generics['params'])}"
        self.add(path, 0, f"{head} = {self.signatures.type(alias['type'])}{self.signatures.where(generics)}")

    def item_trait_alias(self, item, alias, path):
        generics = alias["generics"]
        head = f"{self.marks(item)}pub trait {path}{self.signatures.params(generics['params'])}"
        self.add(path, 0, f"{head} = {self.signatures.bounds(alias['params'])}{self.signatures.where(generics)}")

    def item_constant(self, item, constant, path):
        value = constant["const"]["value"] or constant["const"]["expr"]
        shown = f" = {value}" if value != "_" else ""
        self.add(path, 0, f"{self.marks(item)}pub const {path}: {self.signatures.type(constant['type'])}{shown}")

    def item_static(self, item, static, path):
        mutable = "mut " if static["is_mutable"] else ""
        self.add(path, 0, f"{self.marks(item)}pub static {mutable}{path}: {self.signatures.type(static['type'])}")

    def item_macro(self, item, macro, path):
        rules = [rule.strip() for rule in macro.partition("{")[2].splitlines()]
        # A rule that begins with `@` is one that the macro's own rules go on with.
        shown = [rule for rule in rules if rule not in ("", "}") and not rule.startswith("(@")]
        self.add(path, 0, f"{self.marks(item)}pub macro {path}! {{ {' '.join(shown)} }}")

    def item_proc_macro(self, item, macro, path):
        form = {"bang": "{}!", "attr": "#[{}]", "derive": "#[derive({})]"}[macro["kind"]]
        helpers = f", with {', '.join(macro['helpers'])}" if macro["helpers"] else ""
        self.add(path, 0, f"{self.marks(item)}pub macro {form.format(path)}{helpers}")

    def implementation(self, found):
        """What a type has of its own, or a trait that it implements."""
        owner = self.owner(found["for"])
        if owner is None or found["blanket_impl"] is not None:
            return
        generics, for_ = found["generics"], self.signatures.type(found["for"])
        head = f"impl{self.signatures.params(generics['params'])}"
        where = self.signatures.where(generics)
        if found["trait"] is None:
            is_plain = head == "impl" and "<" not in for_ and not where
            self.members(found["items"], owner, "" if is_plain else f" in {head} {for_}{where}")
            return
        trait = self.trait(found["trait"])
        if trait is None:
            return
        name = trait.split("<")[0]
        not_ = "!" if found["is_negative"] else ""
        if found["is_synthetic"]:
            is_said = not_ or where or ": " in head
            if name.split("::")[-1] not in AUTO or not is_said:
                return
        unsafe = "unsafe " if found["is_unsafe"] else ""
        line = f"{unsafe}{head} {not_}{trait} for {for_}{where}{self.assigned(found['items'])}"
        if owner:
            self.add(owner, 1, line)
        else:
            self.add(name, 2, line)

    def assigned(self, ids):
        """The types and constants of an implementation."""
        texts = []
        for id in ids:
            item = self.crate.index.get(id)
            if item is not None and kind_of(item) in ("assoc_type", "assoc_const"):
                kind = kind_of(item)
                texts.append(getattr(self, f"member_{kind}")(item["inner"][kind], item["name"])[0])
        return f" {{ {'; '.join(sorted(texts))} }}" if texts else ""

    def owner(self, type):
        """The path of the type that an implementation is for; empty if it is not of this crate, None if
        nobody can name it."""
        while "borrowed_ref" in type:
            type = type["borrowed_ref"]["type"]
        if "resolved_path" not in type:
            return ""
        id = type["resolved_path"]["id"]
        if id in self.crate.public:
            return self.signatures.name(id, "")
        summary = self.crate.summaries.get(id)
        return None if summary is None or summary["crate_id"] == 0 else ""

    def trait(self, trait):
        """A trait with its arguments; None if nobody can name it."""
        id = trait["id"]
        summary = self.crate.summaries.get(id)
        if id not in self.crate.public:
            if summary is None or summary["crate_id"] == 0:
                return None
            path = tuple(summary["path"])
            if path[-1] in UNNAMED or path[0] in self.others and path not in self.signatures.public:
                return None
        return self.signatures.path(trait)
