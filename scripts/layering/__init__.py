"""The layers of a crate, computed from its imports."""

from .circles import circles
from .module import ROOTS, load
from .resolve import Resolver

LARGEST_CIRCLE = 2


def check(folder, layers):
    """What breaks the limits, one text each."""
    imports = Imports(folder)
    order = [name for row in layers for name in row]
    faults = imports.through_the_root()
    faults += imports.without_layer(order)
    faults += imports.upward(order)
    modules, folders = imports.graph(2), imports.graph(1)
    faults += [
        f"a circle of {len(circle)} modules: {imports.told(circle, 2)}"
        for circle in circles(modules)
        if len(circle) > LARGEST_CIRCLE
    ]
    faults += [f"a circle of folders: {imports.told(circle, 1)}" for circle in circles(folders)]
    return faults


class Imports:
    """Which module names what of which other module."""

    def __init__(self, folder):
        self.root = load(folder / "lib.rs")
        self.resolver = Resolver(self.root)
        self.all = []
        self.faults = []
        for module in walk(self.root):
            if module.path[:1] not in ((), ("__private",)):
                self.read(module)

    def read(self, module):
        # A re-export is no import: the facade of a folder names its children.
        named = [(use.path, use.line) for use in module.uses if not use.is_exported]
        named += [
            (path, line)
            for path, line in module.paths
            if path[0] in ROOTS or path[0] in module.children
        ]
        for path, line in named:
            at = f"{module.file.name}:{line}"
            path = path[:-1] if path[-1] in ("*", "self") and len(path) > 1 else path
            owner = self.resolver.definition(module, path)
            if owner is None:
                continue
            owner = owner_file(owner)
            if path[0] == "crate" and (len(path) == 1 or path[1] not in self.root.children):
                self.faults.append(f"{at}: `{'::'.join(path)}` leads through the root; name the owner, `{spell(owner.path)}`")
            if owner.path and owner is not owner_file(module):
                self.all.append((owner_file(module).path, owner.path, f"{at} `{'::'.join(path)}`"))

    def through_the_root(self):
        return self.faults

    def without_layer(self, order):
        names = {path[0] for import_ in self.all for path in import_[:2]} - set(order)
        return [f"`{name}` stands in no layer" for name in sorted(names)]

    def upward(self, order):
        def is_upward(from_, to):
            known = from_ in order and to in order
            return known and order.index(from_) < order.index(to)

        return [
            f"against the order, from `{from_[0]}` to `{to[0]}`: {where}"
            for from_, to, where in self.all
            if is_upward(from_[0], to[0])
        ]

    def graph(self, depth):
        graph = {}
        for from_, to, _ in self.all:
            if from_[:depth] != to[:depth]:
                graph.setdefault(from_[:depth], set()).add(to[:depth])
        return graph

    def told(self, circle, depth):
        """The imports that make a circle."""
        lines = {}
        for from_, to, where in self.all:
            if from_[:depth] in circle and to[:depth] in circle and from_[:depth] != to[:depth]:
                lines.setdefault((from_[:depth], to[:depth]), where)
        steps = [f"\n    {spell(a)} -> {spell(b)}: {where}" for (a, b), where in sorted(lines.items())]
        return ", ".join(spell(path) for path in circle) + "".join(steps)


def walk(module):
    if not module.is_test:
        yield module
        for child in module.children.values():
            yield from walk(child)


def owner_file(module):
    """The module whose file it stands in."""
    while module.parent and module.parent.file == module.file:
        module = module.parent
    return module


def spell(path):
    return "::".join(path) or "crate"
