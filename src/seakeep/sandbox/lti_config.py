"""The application as an LTI 1.3 tool: its configuration for Canvas, and its key set.

Form: https://canvas.instructure.com/doc/api/file.lti_dev_key_config.html
"""

from __future__ import annotations

from typing import Any

__all__ = ["JWKS", "tool_configuration"]

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope"
_NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope"

# Only the public half exists anywhere: the sandbox signs nothing.
_MODULUS = (
    "3FR9xrgXeMpzc_sv41hdQX1IhdzRDyAoi8ocFyJc2nTx3xCVHuQl3gCmUt3BdhR4eQYL66YkLjTUZJe5IH1X6w"
    "oOTLP4ZB1wM-BnpWBshnJKicPMv_MW3pPyOyNqtk5GjGRPdbJFe7xRKG578_q_Vk_4YODFwM6zVvq7AWRP9_PB"
    "pUrJRiLIWw4PDbB0Lic3A-j7Btrs4Fu7t8UaNGbjVSePk66gpFCTSS9a3FGddx9L5-2bw6peTQLa8pAPl1eORz"
    "QGtA78yo-k5TWI6Bef41Z5lbSdiUSCBxhaYn5OfL7zz2OO3hh_acXxKckIaFD6UizYj1L4v5q23hWlXdoZXw"
)

JWKS: dict[str, Any] = {
    "keys": [
        {
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": "seakeep-sandbox-1",
            "e": "AQAB",
            "n": _MODULUS,
        }
    ]
}


def tool_configuration(base_url: str) -> dict[str, Any]:
    """What an administrator pastes into Canvas to install the tool found at `base_url`."""
    launch = f"{base_url}/lti/launch"
    return {
        "title": "Harbour School",
        "description": "Short courses in seamanship",
        "target_link_uri": launch,
        "oidc_initiation_url": f"{base_url}/lti/login",
        "public_jwk_url": f"{base_url}/lti/jwks",
        "scopes": [
            f"{_AGS}/lineitem",
            f"{_AGS}/result.readonly",
            f"{_AGS}/score",
            f"{_NRPS}/contextmembership.readonly",
        ],
        "extensions": [_canvas(base_url, launch)],
        "custom_fields": {"canvas_user_id": "$Canvas.user.id"},
    }


def _canvas(base_url: str, launch: str) -> dict[str, Any]:
    domain = base_url.split("://", 1)[1]
    placement = {"message_type": "LtiResourceLinkRequest", "target_link_uri": launch}
    return {
        "platform": "canvas.instructure.com",
        "domain": domain,
        "tool_id": "harbour-school",
        "privacy_level": "public",
        "settings": {
            "text": "Harbour School",
            "placements": [
                {"placement": "course_navigation", "text": "Harbour School", **placement},
                {"placement": "assignment_selection", **placement},
            ],
        },
    }
