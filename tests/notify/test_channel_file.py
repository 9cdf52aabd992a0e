"""`[[channel]]`: what is understood, and how each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from costing.notify.apprise import Apprise
from costing.notify.channel import Channel
from costing.notify.channel_file import read_channels
from costing.notify.error import ChannelFileRefused, SecretMissing
from costing.notify.mail import Mail, Security
from costing.notify.pagerduty import ADDRESS, PagerDuty
from costing.notify.registry import KINDS
from costing.notify.slack import Slack
from costing.notify.standard_output import StandardOutput
from costing.notify.webhook import Webhook

PATH = Path("conf") / "budgets.toml"
WHOLE = """
[[budget]]
name = "search"

[[channel]]
name = "ops"
type = "slack"
url_variable = "SLACK_URL"
notes = true
fallback = "mail"
timeout_seconds = 2.5

[[channel]]
name = "pager"
type = "pagerduty"
routing_key_file = "pager.key"
fallback = "stdout"

[[channel]]
name = "hook"
type = "webhook"
url = "https://alerts.acme.example/costing?team=a"
secret_file = "~/hook.secret"

[[channel]]
name = "mail"
type = "mail"
host = "smtp.acme.example"
from = "Costing <costing@acme.example>"
to = "ada@acme.example"
user = "costing"
password_variable = "SMTP_PASSWORD"

[[channel]]
name = "other"
type = "apprise"
url_variable = "NTFY"

[[channel]]
name = "print"
type = "stdout"
"""


def _read(text: str, **environment: str) -> dict[str, Channel]:
    return dict(read_channels(text.encode(), PATH, environment))


def _faults(text: str) -> str:
    with pytest.raises(ChannelFileRefused) as caught:
        _read(text)
    return "\n".join(str(finding) for finding in caught.value.findings)


def test_every_kind_is_read() -> None:
    channels = _read(WHOLE, SLACK_URL=" https://hooks.slack.example/x \n")

    senders = {name: channel.sender for name, channel in channels.items()}
    assert {channel.kind for channel in channels.values()} == set(KINDS)
    assert [type(sender) for sender in senders.values()] == [
        Slack,
        PagerDuty,
        Webhook,
        Mail,
        Apprise,
        StandardOutput,
    ]
    slack, pager, hook, mail = (senders[name] for name in ("ops", "pager", "hook", "mail"))
    assert isinstance(slack, Slack)
    assert slack.url.read().reveal() == "https://hooks.slack.example/x"
    assert (slack.can_resolve, slack.bounds.read_seconds) == (True, 2.5)
    assert isinstance(pager, PagerDuty)
    assert pager.routing_key.file == Path("conf") / "pager.key"
    assert pager.url.read().reveal() == ADDRESS
    assert isinstance(hook, Webhook)
    assert hook.secret.file == Path.home() / "hook.secret"
    assert isinstance(mail, Mail)
    assert (mail.port, mail.security, mail.recipients) == (
        587,
        Security.STARTTLS,
        ("ada@acme.example",),
    )
    assert [channel.fallback for channel in channels.values()][:2] == ["mail", "stdout"]


def test_file_without_channels_has_none() -> None:
    assert _read('[[budget]]\nname = "search"\n') == {}


SLACK = '[[channel]]\nname = "ops"\ntype = "slack"\n'
MAIL = '[[channel]]\nname = "m"\ntype = "mail"\nhost = "h"\nfrom = "a@b"\nto = "c@d"\n'
MISTAKES = {
    "no TOML": ("[[channel]\n", "this is not TOML"),
    "no name": ('[[channel]]\ntype = "stdout"\n', "name is missing"),
    "odd name": ('[[channel]]\nname = "a.b"\ntype = "stdout"\n', "line 2, channel 'a.b'"),
    "no type": ('[[channel]]\nname = "a"\n', "type is missing"),
    "unknown type": ('[[channel]]\nname = "a"\ntype = "slak"\n', "slack"),
    "one name twice": (2 * '[[channel]]\nname = "a"\ntype = "stdout"\n', "has that name"),
    "unknown fallback": (SLACK + 'url_variable = "U"\nfallback = "x"\n', "no channel is called"),
    "own fallback": (SLACK + 'url_variable = "U"\nfallback = "ops"\n', "stand in for itself"),
    "no secret": (SLACK, "nothing says where url is"),
    "secret inline": (SLACK + 'url = "https://h.example/T0P"\n', "url is a secret"),
    "secret as a name": (SLACK + 'url_variable = "https://h.example/T0P"\n', "no name of a"),
    "our prefix": (SLACK + 'url_variable = "COSTING_URL"\n', "are settings"),
    "two places": (SLACK + 'url_variable = "U"\nurl_file = "f"\n', "both stand there"),
    "no text": (SLACK + "url_variable = 5\n", "url_variable must be text"),
    "stranger": (SLACK + 'url_variable = "U"\nurll = "x"\n', "'urll' means nothing here"),
    "another kind's": (SLACK + 'url_variable = "U"\nhost = "x"\n', "'host' means nothing here"),
    "endless": (SLACK + 'url_variable = "U"\ntimeout_seconds = 61\n', "at most 60"),
    "no time": (SLACK + 'url_variable = "U"\ntimeout_seconds = true\n', "timeout_seconds must"),
    "bad port": (MAIL + "port = 70000\n", "port must be 1 to 65535"),
    "bad recipient": (MAIL.replace("c@d", "c"), "'c' is no address"),
    "no recipient": (MAIL.replace('"c@d"', "[]"), "to must be one or more texts"),
    "user without password": (MAIL + 'user = "u"\n', "nothing says where password is"),
    "password in the open": (
        MAIL + 'user = "u"\npassword_variable = "P"\nsecurity = "none"\n',
        "sent unprotected",
    ),
    "no signature": (
        '[[channel]]\nname = "h"\ntype = "webhook"\nurl = "https://a.example"\n',
        "nothing says where secret is",
    ),
    "no address": (
        '[[channel]]\nname = "h"\ntype = "webhook"\nsecret_variable = "S"\n',
        "url is missing",
    ),
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_told_with_its_place(text: str, told: str) -> None:
    faults = _faults(text)

    assert told in faults
    assert "T0P" not in faults
    assert all(line.startswith(str(PATH)) for line in faults.splitlines())


def test_all_mistakes_are_told_at_once() -> None:
    faults = _faults(SLACK + MAIL + 'port = 0\nuser = "u"\n')

    assert len(faults.splitlines()) == 3


@pytest.mark.parametrize(
    "content",
    [None, b"", b" \n", b"\xff\xfe", b"x" * 20_000],
    ids=["none", "empty", "blank", "no text", "too long"],
)
def test_secret_file_that_has_none_is_told(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "slack.url").write_bytes(content)
    text = SLACK + 'url_file = "slack.url"\n'
    sender = read_channels(text.encode(), tmp_path / "budgets.toml", {})["ops"].sender

    assert isinstance(sender, Slack)
    with pytest.raises(SecretMissing) as caught:
        sender.url.read()
    assert caught.value.where == str(tmp_path / "slack.url")


def test_secret_is_never_shown() -> None:
    channels = _read(WHOLE, SLACK_URL="T0P-SECRET", SMTP_PASSWORD="T0P-SECRET")

    assert "T0P" not in repr(channels)
