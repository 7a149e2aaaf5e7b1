"""Hostile tenants: every attack of tests/escape as a service, started again for ever, under an operator's quotas."""

import dataclasses
import pathlib
import shutil

from .context import TREE
from .peers.moonward import toml_table

CORPUS = TREE / "tests" / "escape"

# What an operator gives a tenant that he doesn't know; etc/moonward.toml has the like.
TENANT = {"memory": "64MiB", "cpu": 1.0, "max_services": 100, "spawn_rate": "100/s"}
SERVICE = {"memory": "8MiB", "cpu_per_turn": "500ms", "cpu_per_c_call": "100ms", "log_rate": "10/s"}
# One that ends is back within tens of milliseconds, and never quarantined. The pause doubles with each end of the last
# second: the shortest first one gives the most attacks.
FOR_EVER = {"restart": "always", "restart_backoff": "10ms", "restart_window": "1s", "max_restarts": 100000}


def attacks():
    """The names of all attacks, in the order of their numbers."""
    return [script.stem for script in sorted(CORPUS.glob("[0-9]*.lua"))]


def permissions_of(attack):
    """The permissions that an attack is meant to have: those of the clause `permit` in its first line."""
    first = (CORPUS / f"{attack}.lua").read_text(encoding="utf-8").split("\n", 1)[0]
    for clause in first.split("; "):
        if clause.startswith("permit: "):
            return {part.strip() for part in clause[len("permit: "):].split(",")}
    return set()


@dataclasses.dataclass(frozen=True)
class Hostile:
    """A tenant whose `start` is a list of attacks; for peers.moonward.Moonward.host."""

    name: str
    start: tuple
    permissions: tuple = ()
    tenant: dict = dataclasses.field(default_factory=lambda: dict(TENANT))
    service: dict = dataclasses.field(default_factory=lambda: {**SERVICE, **FOR_EVER})

    def configuration(self, folder):
        """Writes the scripts below `folder`, and returns the tenant's sections."""
        root = pathlib.Path(folder) / self.name
        root.mkdir(exist_ok=True)
        for script in CORPUS.glob("*.lua"):
            shutil.copy(script, root)
        return self.sections(root)

    def sections(self, root):
        return (toml_table(f"tenants.{self.name}", root=str(root), start=self.start,
                           permissions=self.permissions, **self.tenant)
                + toml_table(f"tenants.{self.name}.service", **self.service))


def tenants(count=4, attacks_each=None):
    """`count` hostile tenants that share the whole corpus, and one more for the attacks that need permissions.

    The permission "all" of an attack isn't given: no operator would. `attacks_each`: no more than so many (a smoke
    test; not the whole corpus then).
    """
    plain = [name for name in attacks() if not permissions_of(name) - {"all"}]
    armed = [name for name in attacks() if name not in plain]
    permitted = sorted(set().union(*(permissions_of(name) for name in armed)) - {"all"})
    result = [Hostile(f"hostile_{i + 1}", tuple(plain[i::count][:attacks_each])) for i in range(count)]
    return [*result, Hostile("hostile_armed", tuple(armed[:attacks_each]), tuple(permitted))]
