"""Where paths lead to, through re-exports, to the module that defines an item."""


class Resolver:
    """Follows paths within a crate."""

    def __init__(self, root):
        self.root = root
        self.known = {}

    def definition(self, module, path):
        """The module that defines what a path names, or that it names; None outside of the crate.

        Of a path that goes on behind an item, to a variant or an associated function, the item
        counts.
        """
        for length in range(len(path), 0, -1):
            found = self.follow(module, path[:length])
            if found:
                return found[0]
        return None

    def follow(self, module, path):
        """The module that a path leads to, and the name of an item in it, if it names one."""
        first, rest = path[0], path[1:]
        if first == "crate":
            module = self.root
        elif first == "super":
            module = module.parent
            while rest and rest[0] == "super":
                module, rest = module.parent, rest[1:]
        elif first != "self":
            rest = path
        for index, name in enumerate(rest):
            if name == "self":
                continue
            found = self.member(module, name)
            if found is None or found[1] and index < len(rest) - 1:
                return None
            module = found[0]
            if found[1]:
                return found
        return module, None

    def member(self, module, name):
        if name in module.items and name not in module.children:
            return module, name
        if name in module.children:
            return module.children[name], None
        return self.imported(module, name)

    def imported(self, module, name):
        key = (module.path, name)
        if key not in self.known:
            self.known[key] = None  # a circle of imports leads nowhere
            self.known[key] = self.import_of(module, name)
        return self.known[key]

    def import_of(self, module, name):
        for use in module.uses:
            if use.path[-1] != "*" and use.name == name and use.path != [name]:
                found = self.follow(module, use.path)
                if found:
                    return found
        for use in module.uses:
            if use.path[-1] == "*":
                found = self.follow(module, use.path[:-1])
                if found and not found[1] and found[0] is not module:
                    return self.member(found[0], name)
        return None
