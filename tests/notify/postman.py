"""A real SMTP server on 127.0.0.1 that takes mails, and answers as it is told."""

from __future__ import annotations

import ssl
from asyncio import Server, WriteTransport
from email import message_from_bytes
from email.message import Message
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).with_name("localhost.pem")
TAKEN = "250 taken"
USER, PASSWORD = "costing", "open sesame"


class _AnyPort(Controller):
    """A controller that knows at which free port it listens."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = int(self.server.sockets[0].getsockname()[1])
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Postman:
    """The server; a context in which it serves.

    Attributes:
        answers: to the text of a mail, by its number from 0; 250 for any other. None closes the
            connection after the text was taken.
        recipient_answer: to each recipient.
    """

    def __init__(
        self,
        *,
        has_starttls: bool = False,
        is_tls: bool = False,
        has_login: bool = False,
        answers: dict[int, str | None] | None = None,
        refused: dict[str, str] | None = None,
    ) -> None:
        self.taken: list[Message] = []
        self.recipients: list[list[str]] = []
        self.was_secured: list[bool] = []
        self._answers = answers or {}
        self._refused = refused or {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        options: dict[str, Any] = {"decode_data": False}
        if has_starttls:
            options |= {"tls_context": context, "require_starttls": True}
        if has_login:
            options |= {
                "auth_required": True,
                "authenticator": _authenticate,
                "auth_require_tls": has_starttls,
            }
        self._controller = _AnyPort(
            self,
            hostname="127.0.0.1",
            port=0,
            ssl_context=context if is_tls else None,
            server_hostname="localhost",
            **options,
        )

    @property
    def port(self) -> int:
        return int(self._controller.port)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002
    ) -> str:
        if address in self._refused:
            return self._refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        number = len(self.taken)
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=SMTP_POLICY))
        self.recipients.append(envelope.rcpt_tos)
        self.was_secured.append(session.ssl is not None)
        answer = self._answers.get(number, TAKEN)
        if answer is None:
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()
            return TAKEN
        return answer

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def _authenticate(
    server: SMTP,  # noqa: ARG001
    session: Session,  # noqa: ARG001
    envelope: Envelope,  # noqa: ARG001
    mechanism: str,  # noqa: ARG001
    data: object,
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)
