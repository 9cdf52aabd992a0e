"""Invented webhooks, signed as Replicate signs them, and an HTTP request for each."""

from __future__ import annotations

import json
import time

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def webhook_request(number: int, *, name: str = "p") -> bytes:
    """The webhook of a number as it goes over the wire, signed at this moment."""
    from costing.service.webhook import read_secret, sign

    body = json.dumps(_prediction(webhook_id(number, name=name))).encode()
    message, at = f"msg_{name}_{number}", str(int(time.time()))
    lines = [
        "POST /webhooks/replicate?team=search HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"webhook-id: {message}",
        f"webhook-timestamp: {at}",
        f"webhook-signature: {sign(read_secret(SECRET), message, at, body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def webhook_id(number: int, *, name: str = "p") -> str:
    """The id of the prediction of a number."""
    return f"{name}{number:025d}"


def _prediction(id_: str) -> dict[str, object]:
    """What Replicate sends when a prediction has ended."""
    return {
        "id": id_,
        "model": "black-forest-labs/flux-schnell",
        "version": "c846a69991daf4c0e5d016514849d14ee5b2e6846ce6b9d6f21369e564cfe51e",
        "status": "succeeded",
        "created_at": "2026-10-07T09:28:13.124Z",
        "started_at": "2026-10-07T09:28:13.671258Z",
        "completed_at": "2026-10-07T09:28:14.988402Z",
        "input": {"prompt": "a lighthouse in a storm, oil on canvas", "num_outputs": 1},
        "output": [f"https://replicate.delivery/xezq/{id_}/out-0.webp"],
        "logs": "running quantized prediction\nUsing seed: 48329\n" * 4,
        "error": None,
        "metrics": {"image_count": 1, "predict_time": 1.317143741, "total_time": 1.864402},
        "urls": {"get": f"https://api.replicate.com/v1/predictions/{id_}"},
        "data_removed": False,
        "source": "api",
    }
