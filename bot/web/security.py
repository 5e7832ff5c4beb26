"""Headers that every answer carries: nothing is loaded from, framed by or sent to another site."""

from __future__ import annotations

from flask import Response
from secure import ContentSecurityPolicy, ReferrerPolicy, Secure, XContentTypeOptions, XFrameOptions

_SECURE = Secure(
    csp=ContentSecurityPolicy()
    .default_src("'none'")
    .script_src("'self'")
    .style_src("'self'")
    .img_src("'self'")
    .font_src("'self'")
    .connect_src("'self'")
    .form_action("'self'")
    .frame_ancestors("'none'")
    .base_uri("'none'"),
    referrer=ReferrerPolicy().no_referrer(),
    xcto=XContentTypeOptions(),
    xfo=XFrameOptions().deny(),
)
_HEADERS = dict(_SECURE.headers)


def add_security_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
