"""The public items of a crate, and the paths by which a user names them."""


class Crate:
    """A crate as rustdoc's JSON has it."""

    def __init__(self, found):
        self.index = {int(id): item for id, item in found["index"].items()}
        self.summaries = {int(id): summary for id, summary in found["paths"].items()}
        self.external = {int(id): crate["name"] for id, crate in found["external_crates"].items()}
        self.root = self.index[found["root"]]
        self.name = self.root["name"]
        self.paths = {}
        """The paths of each public item; an item that is exported twice has two."""
        self.foreign = []
        """Re-exports from other crates: the path, and what it names."""
        self.walk(self.root, (), ())
        self.public = {id: self.owned(id, paths) for id, paths in self.paths.items()}
        """The one path by which each public item is listed."""

    def walk(self, module, path, above):
        """Notes everything that can be named through a module."""
        if module["id"] in above:
            return
        self.note(module, path)
        for id in module["inner"]["module"]["items"]:
            item = self.index.get(id)
            if item is not None:
                self.enter(item, path, (*above, module["id"]))

    def enter(self, item, path, above):
        kind = kind_of(item)
        if kind == "use":
            self.reexport(item["inner"]["use"], path, above)
        elif kind == "module":
            self.walk(item, (*path, item["name"]), above)
        elif kind != "impl":
            self.note(item, (*path, item["name"]))

    def reexport(self, use, path, above):
        item = self.index.get(use["id"])
        if use["is_glob"]:
            inner = item["inner"] if item else {}
            if "module" in inner:
                for id in inner["module"]["items"]:
                    if id in self.index and item["id"] not in above:
                        self.enter(self.index[id], path, (*above, item["id"]))
            elif "enum" in inner:
                for id in inner["enum"]["variants"]:
                    self.note(self.index[id], (*path, self.index[id]["name"]))
            else:
                self.foreign.append(((*path, "*"), use["source"]))
        elif item is None:
            self.foreign.append(((*path, use["name"]), self.source(use)))
        elif kind_of(item) == "module":
            self.walk(item, (*path, use["name"]), above)
        elif kind_of(item) == "use":
            self.reexport(item["inner"]["use"] | {"name": use["name"]}, path, above)
        else:
            self.note(item, (*path, use["name"]))

    def source(self, use):
        summary = self.summaries.get(use["id"])
        return "::".join(summary["path"]) if summary else use["source"]

    def note(self, item, path):
        paths = self.paths.setdefault(item["id"], [])
        if path not in paths:
            paths.append(path)

    def owned(self, id, paths):
        """The path through the module that owns the item, and not through one that exports it again."""
        defined = tuple(self.summaries[id]["path"][1:]) if id in self.summaries else ()

        def order(path):
            shared = 0
            while shared < min(len(path), len(defined)) and path[shared] == defined[shared]:
                shared += 1
            return -shared, len(path), path

        return min(paths, key=order)


def kind_of(item):
    return next(iter(item["inner"]))
