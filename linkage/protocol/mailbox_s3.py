"""An exchange folder in an S3 bucket, through s3fs.

A bucket has no rename. A file goes up in parts that nobody sees and appears when the upload is completed, on the condition that nothing
has that name yet. What a cut upload left is continued: a part whose checksum at the server is that of our piece is not sent again.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from s3fs import S3FileSystem

from linkage.protocol.errors import TrilinkError
from linkage.protocol.mailbox import AlreadyThere, Mailbox, Parcel
from linkage.protocol.mailbox_access import S3Access

SILENCE = 30  # seconds
PART = 16 << 20  # bytes; S3 takes 10,000 parts at the most, so files up to this times that
MOST_PARTS = 10_000


class S3Mailbox(Mailbox):
    """``path`` is ``bucket/prefix``; the bucket must be there."""

    def create(self) -> None:
        """Nothing to make: a prefix is there when a file has it."""

    def sealed(self) -> dict[str, int]:
        self.system.invalidate_cache()
        missing = False
        try:
            return super().sealed()
        except FileNotFoundError:
            missing = True
        if missing and not self.system.exists(self._bucket()):
            raise TrilinkError(f"{self.address}: no such bucket, or not ours to see")
        return {}

    def tidy(self) -> None:
        """Nothing to remove: an upload that is not complete has no name."""

    def pieces(self, name: str, start: int, size: int) -> Iterator[bytes]:
        for at in range(start, size, PART):
            yield self.between(name, at, min(at + PART, size))

    def put(self, name: str, parcel: Parcel) -> None:
        part_bytes = max(PART, -(-parcel.size // MOST_PARTS))
        upload, there = self._upload(name)
        done = []
        for number, piece in enumerate(_in_parts(parcel.pieces(0), part_bytes), start=1):
            tag = f'"{hashlib.md5(piece, usedforsecurity=False).hexdigest()}"'
            if there.get(number) != tag:
                tag = self._call("upload_part", name, UploadId=upload, PartNumber=number, Body=piece)["ETag"]
                parcel.gained()
            done.append({"PartNumber": number, "ETag": tag})
        self._complete(name, upload, done)
        self.system.invalidate_cache()

    def refuse_second(self, name: str) -> None:
        self.system.invalidate_cache()
        super().refuse_second(name)

    def _upload(self, name: str) -> tuple[str, dict[int, str]]:
        """The upload of this name that was cut last, with the checksums of its parts, or a new one."""
        bucket, key = self._bucket(), self._key(name)
        listed = self.system.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=key).get("Uploads", [])
        cut = sorted((upload["Initiated"], upload["UploadId"]) for upload in listed if upload["Key"] == key)
        if not cut:
            return str(self._call("create_multipart_upload", name)["UploadId"]), {}
        found: dict[int, str] = {}
        after, more = 0, True
        while more:
            page = self._call("list_parts", name, UploadId=cut[-1][1], PartNumberMarker=after)
            found |= {int(part["PartNumber"]): str(part["ETag"]) for part in page.get("Parts", [])}
            after, more = max(found, default=0), bool(page.get("IsTruncated"))
        return str(cut[-1][1]), found

    def _complete(self, name: str, upload: str, parts: list[dict[str, Any]]) -> None:
        taken = False
        try:
            self._call("complete_multipart_upload", name, UploadId=upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
        except FileExistsError:
            taken = True
        if taken:
            raise AlreadyThere(f"{self.address}: {name} is there already")

    def _call(self, what: str, name: str, **options: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.system.call_s3(what, Bucket=self._bucket(), Key=self._key(name), **options)
        return answer

    def _bucket(self) -> str:
        return self.path.partition("/")[0]

    def _key(self, name: str) -> str:
        return self._at(name).partition("/")[2]


def _in_parts(pieces: Iterator[bytes], length: int) -> Iterator[bytes]:
    """The same bytes in parts of ``length``, the last one shorter."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= length:
            yield bytes(waiting[:length])
            del waiting[:length]
    if waiting:
        yield bytes(waiting)


def open_s3(access: S3Access) -> S3FileSystem:
    """Nothing is asked of the server yet; without keys in the access file it is botocore's own search (environment, AWS profile, role)."""
    return S3FileSystem(
        key=access.access_key_id,
        secret=access.secret(),
        endpoint_url=access.endpoint,
        client_kwargs={"region_name": access.region} if access.region else {},
        config_kwargs={"connect_timeout": SILENCE, "read_timeout": SILENCE, "retries": {"max_attempts": 2}},
        use_listings_cache=False,
        skip_instance_cache=True,
    )
