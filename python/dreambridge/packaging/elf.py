"""The dependencies of a Linux program or shared library, from its ELF headers (System V ABI, ch. 5), without running it."""

import struct
from dataclasses import dataclass
from pathlib import Path

_LOAD, _DYNAMIC, _INTERP = 1, 2, 3  # types of program headers
_NEEDED, _STRTAB, _SONAME, _RPATH, _RUNPATH = 1, 5, 14, 15, 29  # tags of the dynamic section
_VERNEED, _VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF


@dataclass(frozen=True)
class Elf:
    """The dependencies of one file.

    ``needed``: names of libraries; ``search``: its own search path, ``$ORIGIN`` unexpanded; ``versions``: the required symbol
    versions by library; ``interpreter``: the loader, for programs.
    """

    needed: tuple[str, ...]
    search: tuple[str, ...]
    versions: dict[str, tuple[str, ...]]
    soname: str
    interpreter: str


class _Image:
    def __init__(self, data: bytes) -> None:
        self.data = data
        start, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
        self.segments: list[tuple[int, int, int, int]] = []  # type, offset in the file, address, size in the file
        for k in range(count):
            kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", data, start + k * size)
            self.segments.append((kind, offset, address, length))

    def offset(self, address: int) -> int:
        for kind, offset, begin, length in self.segments:
            if kind == _LOAD and begin <= address < begin + length:
                return offset + address - begin
        raise ValueError(f"no segment holds the address {address:#x}")

    def text(self, offset: int) -> str:
        return self.data[offset : self.data.index(b"\0", offset)].decode(errors="surrogateescape")

    def segment(self, wanted: int) -> tuple[int, int] | None:
        return next(((offset, length) for kind, offset, _, length in self.segments if kind == wanted), None)

    def dynamic(self) -> list[tuple[int, int]]:
        found = self.segment(_DYNAMIC)
        if found is None:
            return []
        entries = list(struct.iter_unpack("<QQ", self.data[found[0] : found[0] + found[1] // 16 * 16]))
        end = next((k for k, (tag, _) in enumerate(entries) if tag == 0), len(entries))
        return [(int(tag), int(value)) for tag, value in entries[:end]]

    def versions(self, first: int, count: int, strings: int) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        at = self.offset(first)
        for _ in range(count):
            _, names, library, names_at, following = struct.unpack_from("<HHIII", self.data, at)
            asked, name_at = [], at + names_at
            for _ in range(names):
                _, _, _, name, next_name = struct.unpack_from("<IHHII", self.data, name_at)
                asked.append(self.text(strings + name))
                name_at += next_name
            found[self.text(strings + library)] = tuple(asked)
            at += following
        return found


def read_elf(path: Path) -> Elf | None:
    """None if it is not a 64-bit little-endian ELF file; ValueError if it is damaged."""
    with path.open("rb") as f:
        head = f.read(64)
        if len(head) < 64 or head[:6] != b"\x7fELF\x02\x01":
            return None
        data = head + f.read()
    try:
        image = _Image(data)
        entries = image.dynamic()
        one = dict(entries)
        strings = image.offset(one[_STRTAB]) if _STRTAB in one else 0
        search = [image.text(strings + one[tag]) for tag in (_RPATH, _RUNPATH) if tag in one]
        interpreter = image.segment(_INTERP)
        return Elf(
            needed=tuple(image.text(strings + value) for tag, value in entries if tag == _NEEDED),
            search=tuple(p for paths in search for p in paths.split(":") if p),
            versions=image.versions(one[_VERNEED], one[_VERNEEDNUM], strings) if _VERNEED in one else {},
            soname=image.text(strings + one[_SONAME]) if _SONAME in one else "",
            interpreter=image.text(interpreter[0]) if interpreter else "",
        )
    except (struct.error, ValueError) as e:
        raise ValueError(f"{path} is a damaged ELF file: {e}") from e
