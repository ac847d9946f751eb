"""The documents of a project's files, each file read once however many environments and rules ask for it."""

from __future__ import annotations

from fairlead.formats.manifests import Documents, read_documents
from fairlead.model.errors import InputError
from fairlead.ports import ProjectFiles


class ReadFiles:
    def __init__(self, files: ProjectFiles) -> None:
        self.files = files
        self._read: dict[str, Documents | InputError] = {}

    def has(self, file: str) -> bool:
        return file in self._read

    def documents(self, file: str) -> Documents:
        """Raises InputError, the same one each time."""
        if file not in self._read:
            try:
                self._read[file] = read_documents(self.files.read_text(file), file=file)
            except InputError as err:
                self._read[file] = err
        found = self._read[file]
        if isinstance(found, InputError):
            raise found
        return found
