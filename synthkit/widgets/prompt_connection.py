"""A kernel connection whose messages leave at once: for the server's side of a dial.

Jupyter's websocket waits with a message until the browser has confirmed the one before (Nagle's
algorithm), and the browser confirms with a delay of 40 ms.  Since each answer of a kernel follows
the message 'busy', every turn of a dial pays those 40 ms.  Switching the waiting off is a setting
of the socket, not a route or a right:

    jupyter lab --ServerApp.kernel_websocket_connection_class=\
synthkit.widgets.prompt_connection.PromptConnection
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

OPTION = (
    "--ServerApp.kernel_websocket_connection_class="
    "synthkit.widgets.prompt_connection.PromptConnection"
)


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection, with the websocket's waiting switched off."""

    def connect(self) -> Any:
        """Connect to the kernel."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
