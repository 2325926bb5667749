"""What assistants ask, by the Model Context Protocol: tools that read, and actions where a setting allows them."""

from miyabi_dw.web.assistant.transports import OverHttp, serve_stdio

__all__ = ["OverHttp", "serve_stdio"]
