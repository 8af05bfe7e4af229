"""Whether the company's log-in answers, and what it must know of this deployment."""

from app.access.oidc import CALLBACK_PATH, Oidc, OidcError
from app.cli.check.finding import Finding, warning, well, wrong
from app.clock import wall_clock
from app.settings import Settings
from app.words.words import LANGUAGES, words_in


async def identity_findings(settings: Settings) -> list[Finding]:
    provider = settings.identity_provider
    if provider is None:
        return []
    redirect_url = settings.external_url + CALLBACK_PATH
    try:
        await Oidc(provider, redirect_url, wall_clock).begin()
    except OidcError as error:
        found = words_in(LANGUAGES[0]).say(f"company.{error.reason}", **error.values)
        return [wrong("OIDC_ISSUER", found, "open its address with /.well-known/openid-configuration behind it")]
    findings = [well("OIDC_ISSUER", f"{provider.issuer} answers; its client's redirect address is {redirect_url}")]
    if settings.public_url is None:
        advice = "set it to the address that people open"
        findings.append(warning("PUBLIC_URL", "not set: the log-in leads back to this machine alone", advice))
    return findings
