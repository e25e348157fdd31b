"""Refusals of the documents room."""

from app.kit.errors import Problem
from app.kit.locales import N_


class NotMultipart(Problem):
    """An upload that is no multipart form."""

    code = "not-multipart"
    status = 415
    title = N_("Send the file as a multipart form")
    detail = N_("An upload is `multipart/form-data` with one part named `file` that has a file name.")


class FileKindUnknown(Problem):
    """A kind of file that is not accepted here."""

    code = "file-kind-unknown"
    status = 415
    title = N_("This kind of file is not accepted")
    detail = N_("Accepted are: {accepted}.")


class SvgNotAccepted(Problem):
    """An SVG picture."""

    code = "svg-not-accepted"
    status = 415
    title = N_("SVG pictures are not accepted")
    detail = N_("An SVG file can carry scripts. Export a picture as PNG or WebP, a drawing as PDF or DXF.")


class FileKindMismatch(Problem):
    """The content is not what the name or the declared type says."""

    code = "file-kind-mismatch"
    status = 415
    title = N_("The content does not match the kind of file")
    detail = N_("The name says {claimed}, the content does not. Export the file again, or correct its name.")


class FileEmpty(Problem):
    """No bytes at all."""

    code = "file-empty"
    status = 422
    title = N_("The file is empty")
    detail = N_("The file has no content. Look at it on your machine and upload it again.")


class UploadBroken(Problem):
    """The multipart form cannot be read."""

    code = "upload-broken"
    status = 422
    title = N_("The upload cannot be read")
    detail = N_("The form must hold exactly one part named `file`, with a file name, and must be complete.")


class QuotaExceeded(Problem):
    """The organization's storage is full."""

    code = "quota-exceeded"
    status = 409
    title = N_("Your organization's storage is full")
    detail = N_(
        "At most {quota_bytes} bytes may be kept. Delete files that are not attached to anything, or ask the operator."
    )


class DocumentRefused(Problem):
    """The structural checks refused the file."""

    code = "document-refused"
    status = 409
    title = N_("This file was refused")
    detail = N_("The checks found something that is not safe to hand out. Read the document for the reason.")


class DocumentPending(Problem):
    """The structural checks have not ended."""

    code = "document-pending"
    status = 409
    title = N_("This file is still being checked")
    detail = N_("It can be opened when the checks have ended, usually within a few seconds.")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "3"})


class DocumentAttached(Problem):
    """Something refers to the document."""

    code = "document-attached"
    status = 409
    title = N_("This file is attached to something")
    detail = N_("A file that an inquiry, a quote or another record refers to cannot be deleted.")


class NdaRequired(Problem):
    """The confidentiality terms in force were not accepted by the reader's organization."""

    code = "nda-required"
    status = 403
    title = N_("Accept the confidentiality terms first")
    detail = N_("Read the terms at {nda_path} and accept them for your organization. Then the file can be opened.")


class NdaChanged(Problem):
    """Another wording than the one in force was accepted."""

    code = "nda-changed"
    status = 409
    title = N_("The confidentiality terms were changed meanwhile")
    detail = N_("Read the present wording and accept that one.")


class NoNda(Problem):
    """There is nothing to accept."""

    code = "no-nda"
    status = 409
    title = N_("This file has no confidentiality terms")
    detail = N_("It can be opened without accepting anything.")


class RangeNotSatisfiable(Problem):
    """The range begins behind the end of the file."""

    code = "range-not-satisfiable"
    status = 416
    title = N_("There are no such bytes in this file")
    detail = N_("The file has {size_bytes} bytes.")

    def __init__(self, *, size_bytes: int) -> None:
        super().__init__(headers={"Content-Range": f"bytes */{size_bytes}"}, size_bytes=size_bytes)
