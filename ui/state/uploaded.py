"""The content of an uploaded file, which the server then no longer holds."""

from __future__ import annotations

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile


def take(file: UploadedFile) -> bytes:
    """The bytes of a file; its widget must be reset afterwards, as there is nothing behind it any more.

    Streamlit would hold them until the session ends, however often another file is brought.
    """
    content = file.getvalue()
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
    return content
