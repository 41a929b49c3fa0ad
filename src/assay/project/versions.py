"""Whether declared versions say enough of what changed: of each contract of a product, and of the product itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from assay.base.errors import Fault, Place
from assay.contract.compare import least_version
from assay.contract.difference import Bump, ContractDifference, breaking_of, difference_of
from assay.contract.effects import Effect
from assay.contract.semver import Version
from assay.project.layout import PRODUCT, product_folder
from assay.project.model import Product, Project

_EFFECTS: dict[Bump, Effect] = {
    Bump.PATCH: Effect.COSMETIC,
    Bump.MINOR: Effect.STANDARD,
    Bump.MAJOR: Effect.BREAKING,
}


@dataclass(frozen=True, slots=True)
class VersionAsked:
    """The version that what changed asks for.

    Attributes:
        file: which declares it.
        least: the lowest that it may be.
        declared: what the file says.
        released: what was released.
    """

    file: str
    least: Version
    declared: Version
    released: Version


def versions_asked(old: Project, new: Project, product: str) -> tuple[VersionAsked, ...]:
    """Return the versions that a release of what changed asks for: of the product, then of contracts that differ.

    A product's is at least one patch above the released one, for no version is released twice. Empty where the product
    is not in both states.
    """
    before, after = old.products.get(product), new.products.get(product)
    if before is None or after is None:
        return ()
    differences = _differences(before, after)
    least = max(_least(before, after, differences.values()), least_version(before.version, Effect.COSMETIC))
    contracts = (
        VersionAsked(after.contracts[name].file, found.least, found.new, found.old)
        for name, found in differences.items()
        if found.differences
    )
    return (VersionAsked(_file(product), least, after.version, before.version), *contracts)


def versions_too_small(old: Project, new: Project, product: str, only: Set[str] | None = None) -> Iterator[Fault]:
    """Find declared versions that are lower than what changed asks for.

    Args:
        old: as it was released.
        new: as it is to be released.
        product: whose; one that the released state does not have cannot be too low.
        only: datasets whose contracts alone are looked at; None for all, and the product itself.
    """
    before, after = old.products.get(product), new.products.get(product)
    if before is None or after is None:
        return
    differences = _differences(before, after, only)
    for name, found in differences.items():
        if found.is_too_small:
            yield _fault(after.contracts[name].file, found.least, found.new, found.old, _why(found))
    if only is not None:
        return
    least = _least(before, after, differences.values())
    if after.version < least:
        why = "Its contracts change." if least.major == before.version.major else "Its contracts break readers."
        yield _fault(_file(product), least, after.version, before.version, why)


def _differences(before: Product, after: Product, only: Set[str] | None = None) -> Mapping[str, ContractDifference]:
    return {
        name: difference_of(before.contracts[name], contract)
        for name, contract in after.contracts.items()
        if name in before.contracts and (only is None or name in only)
    }


def _file(product: str) -> str:
    return f"{product_folder(product)}{PRODUCT}"


def _least(before: Product, after: Product, differences: Iterable[ContractDifference]) -> Version:
    bumps = [found.bump for found in differences]
    bumps += [Bump.MAJOR] if before.contracts.keys() - after.contracts.keys() else []
    bumps += [Bump.MINOR] if after.contracts.keys() - before.contracts.keys() else []
    deepest = max(bumps, key=list(Bump).index, default=Bump.NONE)
    return before.version if deepest is Bump.NONE else least_version(before.version, _EFFECTS[deepest])


def _why(found: ContractDifference) -> str:
    breaking = breaking_of(found.differences)
    return (breaking or found.differences)[0].sentence


def _fault(file: str, least: Version, declared: Version, released: Version, why: str) -> Fault:
    hint = f"{why} Raise the version; all changes: assay contract diff REVISION"
    return Fault(Place(file), f"version {least} at least", f"{declared}; {released} is released", hint)
