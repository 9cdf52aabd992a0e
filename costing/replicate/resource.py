"""What Replicate tells of deployments, models, hardware and the account.

Rule of this file: a resource is read by what accounting needs of it. Members that are not known
are ignored, for Replicate adds some; one that is needed and missing is an error that names it.

The interface: https://replicate.com/docs/reference/http
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, Final

from pydantic import AfterValidator, AliasPath, AwareDatetime, Field

Instant = Annotated[AwareDatetime, AfterValidator(lambda instant: instant.astimezone(UTC))]
_RELEASE: Final = "current_release"
_CONFIGURATION: Final = "configuration"

Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""A count, or a number that counts up, as the ledger's INTEGER holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment with its current release; Replicate tells of no earlier one.

    Attributes:
        owner: user or organisation.
        name: unique among the owner's.
        release: number of the release, from 1.
        model: `owner/name` of the model that it runs.
        version: the model's version, 64 hexadecimal digits.
        hardware: SKU as Replicate spells it.
        min_instances: kept on always, 0 or more.
        max_instances: at most.
        created_at: when this release began, in UTC.
    """

    owner: str
    name: str
    release: Annotated[Count, Field(validation_alias=AliasPath(_RELEASE, "number"))]
    model: Annotated[str, Field(validation_alias=AliasPath(_RELEASE, "model"))]
    version: Annotated[str, Field(validation_alias=AliasPath(_RELEASE, "version"))]
    hardware: Annotated[
        str, Field(validation_alias=AliasPath(_RELEASE, _CONFIGURATION, "hardware"))
    ]
    min_instances: Annotated[
        Count, Field(validation_alias=AliasPath(_RELEASE, _CONFIGURATION, "min_instances"))
    ]
    max_instances: Annotated[
        Count, Field(validation_alias=AliasPath(_RELEASE, _CONFIGURATION, "max_instances"))
    ]
    created_at: Annotated[Instant, Field(validation_alias=AliasPath(_RELEASE, "created_at"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model, as far as it decides how its runs are billed.

    Attributes:
        visibility: `public` or `private` today.
        is_official: whether its runs are billed by unit; None where Replicate does not say.
        latest_version: 64 hexadecimal digits; None while it has none, or hides it.
    """

    owner: str
    name: str
    visibility: str
    is_official: bool | None = None
    latest_version: Annotated[
        str | None, Field(validation_alias=AliasPath("latest_version", "id"))
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """A hardware tier: its SKU and the name that people read. Prices are not in the interface."""

    sku: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose token it is: `user` or `organization`, the name in addresses, and that for people."""

    type: str
    username: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookKey:
    """The key that webhooks are signed with, `whsec_…`. A secret: shown nowhere."""

    key: Annotated[str, Field(pattern=r"^whsec_.")]

    def __repr__(self) -> str:
        return "WebhookKey(not shown)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPage:
    """One page of the deployments; `next` is the address of the page after it, as given."""

    results: list[Deployment]
    next: str | None = None
