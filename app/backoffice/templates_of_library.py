"""The library's own templates, made fit for a strict Content-Security-Policy while they are loaded."""

from collections.abc import Callable

from jinja2 import BaseLoader, Environment, PackageLoader

# Inline handlers cannot carry a nonce: static/js/backoffice.js listens instead.
_REPLACED = (
    ("<script", '<script nonce="{{ request.state.csp_nonce }}"'),
    ("<style>", '<style nonce="{{ request.state.csp_nonce }}">'),
    ('onclick="applyColumnVisibility()"', "data-backoffice-apply-columns"),
    ('onchange="window.location = this.value"', "data-backoffice-go"),
    ("@import url('https://rsms.me/inter/inter.css');", ""),
    ('lang="{{ get_locale() }}"', 'lang="{{ request.state.locale }}"'),
    (
        "{% block tail %}",
        """<script nonce="{{ request.state.csp_nonce }}" src="{{ static_url(request, 'js/backoffice.js', v=1) }}">"""
        "</script>{% block tail %}",
    ),
)


class NonceLoader(BaseLoader):
    """Loads the library's templates with a nonce on every script and style element, and without inline handlers."""

    def __init__(self) -> None:
        self._library = PackageLoader("starlette_admin", "templates")

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The changed source."""
        source, name, is_current = self._library.get_source(environment, template)
        for old, new in _REPLACED:
            source = source.replace(old, new)
        return source, name, is_current

    def list_templates(self) -> list[str]:
        """All there are."""
        return self._library.list_templates()
