"""Channel `mail`: SMTP, with STARTTLS or TLS, and a login where one is needed.

Rule of this file: a message is the same at each attempt, `Message-ID` and date included, so that
mailboxes know a repeat. 250 after the text is delivered; 5xx is refused; everything else may be
tried again, and what happens after the text was given out is ambiguous.

Messages: RFC 5322; SMTP: RFC 5321; STARTTLS: RFC 3207.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from costing.notify.channel import Notice, Outcome, Result
from costing.notify.channel_table import ChannelTable
from costing.notify.secret import SecretPlace
from costing.notify.text import compose, one_line, shorten
from costing.state.delivery import DeliveryKey, Event

if TYPE_CHECKING:
    from smtplib import SMTP

MOST_SUBJECT_CHARACTERS: Final = 200
LONGEST_LINE: Final = 500
"""SMTP takes 998 bytes a line; a mailbox shows fewer."""


class Security(StrEnum):
    """How the connection is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_PORTS: Final = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Gives mails to one SMTP server.

    Attributes:
        sender: the address that mails come from; recipients: one or more addresses.
        user: whom to log in as, '' for nobody; password: of the user.
        authorities: a file of certificates that are trusted; '' for those of the system.
    """

    host: str
    port: int
    security: Security
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: SecretPlace | None = None
    authorities: str = ""
    timeout_seconds: float = 10.0
    can_resolve: bool = False
    most_notices: int = 1
    pause_seconds: float = 0.0

    def send(self, notices: Sequence[Notice], now: datetime) -> Outcome:  # noqa: ARG002 - a channel
        """Send the mail of one notice."""
        from smtplib import SMTPException

        [notice] = notices
        mail = compose_mail(notice, self.sender, self.recipients)
        password = self.password.read().reveal() if self.password else ""
        attempt = _Attempt()
        try:
            with self._connected(password) as server:
                return attempt.give(server, mail, self.sender, self.recipients)
        except (SMTPException, OSError) as error:
            return attempt.judge(error)

    @contextmanager
    def _connected(self, password: str) -> Iterator[SMTP]:
        """A session that is protected and logged in as the settings say."""
        from smtplib import SMTP, SMTP_SSL
        from ssl import create_default_context

        context = create_default_context(cafile=self.authorities or None)
        if self.security is Security.TLS:
            server: SMTP = SMTP_SSL(
                self.host, self.port, timeout=self.timeout_seconds, context=context
            )
        else:
            server = SMTP(self.host, self.port, timeout=self.timeout_seconds)
        try:
            if self.security is Security.STARTTLS:
                server.starttls(context=context)
            if self.user:
                server.login(self.user, password)
            yield server
        finally:
            server.close()


class _Attempt:
    """One attempt, which remembers whether the text was given out."""

    def __init__(self) -> None:
        self._is_out = False

    def give(self, server: SMTP, mail: bytes, sender: str, recipients: Sequence[str]) -> Outcome:
        """Give the mail to the server, which has then taken it for at least one recipient."""
        from email.utils import parseaddr

        plain = [parseaddr(one)[1] for one in recipients]
        self._is_out = True
        refused = server.sendmail(parseaddr(sender)[1], plain, mail)
        self._is_out = False
        remark = f"refused for {', '.join(sorted(refused))}" if refused else ""
        return Outcome(Result.DELIVERED, remark)

    def judge(self, error: Exception) -> Outcome:
        """What an error of the session means."""
        from smtplib import (
            SMTPNotSupportedError,
            SMTPRecipientsRefused,
            SMTPResponseException,
            SMTPServerDisconnected,
        )

        match error:
            case SMTPRecipientsRefused():
                return self._refusal(min(error.recipients.values()))
            case SMTPServerDisconnected():
                return self._broken(one_line(str(error)))
            case SMTPResponseException():
                return self._refusal((error.smtp_code, error.smtp_error))
            case SMTPNotSupportedError():
                return Outcome(Result.REFUSED, f"the server cannot do that: {one_line(str(error))}")
            case OSError():
                return self._broken(error.strerror or one_line(str(error)) or type(error).__name__)
            case _:
                return self._broken(type(error).__name__)

    def _refusal(self, answer: tuple[int, bytes | str]) -> Outcome:
        """What a code means that is no success; the lowest where there are several."""
        code, said = answer
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        reason = shorten(f"code {code}: {one_line(words)}", 300)
        return Outcome(Result.REFUSED if 500 <= code < 600 else Result.RETRY, reason)

    def _broken(self, reason: str) -> Outcome:
        return Outcome(Result.RETRY, reason, may_have_arrived=self._is_out, is_down=True)


def compose_mail(notice: Notice, sender: str, recipients: Sequence[str]) -> bytes:
    """The mail of a notice, as it goes over the wire."""
    from email.message import EmailMessage
    from email.policy import SMTP as AS_SENT
    from email.utils import format_datetime

    text = compose(notice)
    mail = EmailMessage()
    mail["Subject"] = shorten(text.headline, MOST_SUBJECT_CHARACTERS)
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(notice.created_at)
    mail["Message-ID"] = message_id(notice.key, sender)
    if notice.key.event is Event.CLOSED:
        opening = DeliveryKey(notice.key.alert_id, notice.key.channel, Event.OPENED)
        mail["In-Reply-To"] = message_id(opening, sender)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer from absent people.
    lines = [shorten(line, LONGEST_LINE) for line in (text.headline, *text.lines)]
    mail.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    return mail.as_bytes(policy=AS_SENT)


def message_id(key: DeliveryKey, sender: str) -> str:
    """The id of a mail, which follows from the key of its delivery alone."""
    from email.utils import parseaddr

    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{key}@{domain}>"


def read_mail(table: ChannelTable) -> Mail | None:
    """`type = "mail"`: `host`, `from`, `to`; `port`, `security`, `user` and its password."""
    words = tuple(one.value for one in Security)
    security = Security(table.choice("security", words, Security.STARTTLS.value))
    sender = table.required_text("from", 'write from = "costing@example.com"')
    recipients = table.texts("to", 'write to = ["ada@example.com"]')
    user = table.text("user")
    authorities = table.text("authorities_file")
    mail = Mail(
        host=table.required_text("host", 'write host = "smtp.example.com"'),
        port=table.number("port", _PORTS[security], 65_535),
        security=security,
        sender=sender,
        recipients=recipients,
        user=user,
        password=table.secret("password", is_needed=bool(user)),
        authorities=str(table.folder / authorities) if authorities else "",
        timeout_seconds=table.timeout(),
        can_resolve=table.flag("notes"),
    )
    _check_addresses(table, sender, recipients)
    if user and security is Security.NONE and mail.host not in {"localhost", "127.0.0.1", "::1"}:
        advice = 'write security = "starttls" or "tls"'
        table.table.report("security", "a password would be sent unprotected", advice)
    return mail


def _check_addresses(table: ChannelTable, sender: str, recipients: Sequence[str]) -> None:
    """Refuse what is no address: it would be refused at the first alert."""
    from email.utils import parseaddr

    named = [("from", sender), *(("to", one) for one in recipients)]
    for name, written in named:
        user, _, domain = parseaddr(written)[1].rpartition("@")
        if written and not (user and domain and written.isascii() and written.isprintable()):
            table.table.report(name, f"{written!r} is no address", "write it as ada@example.com")
