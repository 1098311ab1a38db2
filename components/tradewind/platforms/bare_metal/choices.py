"""What a user of bare metal can choose between. Pure."""

from enum import Enum


class DownloadProtocol(str, Enum):
    """How firmware reads an operating system from the internet."""

    HTTPS = "https"
    HTTP = "http"
