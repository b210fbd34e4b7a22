"""Files of a data set: given by the user, downloaded before, or downloaded now, in this order."""

from dataclasses import dataclass
from pathlib import Path

from vae_core.base.home import DATA_VARIABLE, data_folder, data_folders
from vae_core.datasets.progress import bar_for_pooch


@dataclass(frozen=True)
class RemoteFile:
    """A file in its official format: where it is, how large, and its SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class RemoteFolder:
    """Files at one official address; ``name`` is their folder in data homes."""

    name: str
    base_url: str
    files: tuple[RemoteFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    def is_here(self) -> bool:
        """Whether all files can be read without a download."""
        return all(self._local_path(file) is not None for file in self.files)

    def paths(self) -> dict[str, Path]:
        """A path of every file, downloading what is missing; ValueError says what to do if it fails."""
        return {file.name: self._local_path(file) or self._download(file) for file in self.files}

    def local_paths(self, *names: str) -> list[Path] | None:
        """Paths of the files of these names where all are on this machine, else None."""
        paths = [self._local_path(file) for name in names for file in self.files if file.name == name]
        here = [path for path in paths if path is not None]
        return here if len(here) == len(names) else None

    @property
    def missing_bytes(self) -> int:
        """What ``paths`` would download."""
        return sum(file.bytes for file in self.files if self._local_path(file) is None)

    def _local_path(self, file: RemoteFile) -> Path | None:
        for root in data_folders():
            path = root / self.name / file.name
            if path.is_file():
                return path
        return None

    def _download(self, file: RemoteFile) -> Path:
        # Network libraries load only when something is fetched; the app shows models without them.
        import pooch
        import requests

        url = f"{self.base_url.rstrip('/')}/{file.name}"
        folder = data_folder() / self.name
        advice = f"try again, or put {file.name} into {folder} or ${DATA_VARIABLE}/{self.name}"
        try:
            pooch.utils.get_logger().setLevel("WARNING")
            downloader = pooch.HTTPDownloader(progressbar=bar_for_pooch(file.name), timeout=30)
            path = pooch.retrieve(
                url, f"sha256:{file.sha256}", fname=file.name, path=folder, downloader=downloader
            )
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else "an error"
            raise ValueError(f"{url} answered {status}: {advice}") from None
        except (requests.RequestException, OSError) as error:
            kind = type(error).__name__
            raise ValueError(f"{url} could not be downloaded ({kind}): {advice}") from None
        except ValueError:
            raise ValueError(f"{url} is not the expected file (its SHA-256 differs): {advice}") from None
        return Path(path)
