"""What an import did, or would do."""

from dataclasses import dataclass, field, replace

from portfolio.domain.records import AUDIENCES, Audience


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would do.

    `shareable` new entries were shared where they come from, and are granted again where the import is
    `shared`, else private. Somebody can then read `reached` of them at once: `readable` says how many by
    each audience; `nobody` are the audiences in which there is nobody today.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    stages_made: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    dry_run: bool = False
    shared: bool = False
    shareable: int = 0
    reached: int = 0
    readable: dict[Audience, int] = field(default_factory=dict)  # in the order of AUDIENCES
    nobody: list[Audience] = field(default_factory=list)
    present: list[Audience] = field(default_factory=lambda: [*AUDIENCES])  # those with somebody in them
    owner_name: str = ""  # whose archive it is, where that is not the name of who brings it

    def copy(self) -> "ImportReport":
        """One that goes on from here, and may be thrown away."""
        return replace(self, stages_made=[*self.stages_made], remarks=[*self.remarks])

    def count_readers(self, audiences: frozenset[Audience]) -> None:
        """Count a new entry that others could read where it comes from."""
        self.shareable += 1
        read = audiences & {*self.present}
        self.reached += bool(read)
        counted = self.readable
        self.readable = {a: counted.get(a, 0) + (a in read) for a in AUDIENCES if a in {*counted, *read}}
        self.nobody = [a for a in AUDIENCES if a in {*self.nobody, *(audiences - read)}]
