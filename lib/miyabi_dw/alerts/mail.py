"""E-mail by SMTP, plain and drawn. Whoever takes a mail does not get it again because somebody else was refused."""

import contextlib
import smtplib
import ssl
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, make_msgid, parseaddr

from miyabi_dw.alerts.delivery import ChannelError, Refusal
from miyabi_dw.alerts.mail_page import mail_page
from miyabi_dw.alerts.message import Message
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import one_line

TIMEOUT_SECONDS = 10
# For a sender whose address names no domain that a header may carry; reserved, so it is nobody's.
NO_DOMAIN = "miyabi-dw.invalid"


class _Lines(EmailPolicy):
    """Python's own way of folding may leave nothing behind a header's name, which some readers of mail take amiss."""

    def fold_binary(self, name: str, value: str) -> bytes:
        folded = super().fold_binary(name, value)
        # A line with encoded words must stay as short as it is.
        return folded if b"=?" in folded else folded.replace(f"{name}:\r\n ".encode(), f"{name}: ".encode(), 1)


def send_email(settings: Settings, message: Message) -> list[Refusal]:
    """One mail to those whom the message is for, by default smtp_to; who was refused while others were not.

    ChannelError when nobody got it.
    """
    where = f"mail server {settings.smtp_host}:{settings.smtp_port}"
    try:
        with _session(settings) as server:
            refusals = _sent(server, settings, message)
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelError(f"{where}: {error}") from error
    if len(refusals) == len(_recipients(settings, message)) and not message.only_to:
        raise ChannelError(f"{where}: {'; '.join(map(str, refusals))}")
    return refusals


def _recipients(settings: Settings, message: Message) -> tuple[str, ...]:
    return message.only_to or settings.alert_recipients.get(message.channel) or settings.smtp_to


def _sent(server: smtplib.SMTP, settings: Settings, message: Message) -> list[Refusal]:
    """Sends it to all whom the server can be asked about; who was refused."""
    wanted = _recipients(settings, message)
    takes_any = server.has_extn("smtputf8")
    known = [address for address in wanted if takes_any or address.isascii()]
    refusals = [
        Refusal(each, "the server takes no such letters", may_pass=False) for each in wanted if each not in known
    ]
    if known:
        try:
            refused = server.send_message(_mail(settings, message, known), to_addrs=known)
        except smtplib.SMTPRecipientsRefused as all_of_them:
            refused = all_of_them.recipients
        refusals += _refusals(refused)
    return refusals


@contextlib.contextmanager
def _session(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A session that is logged in. How it ends says nothing of the mail, which was taken or refused before."""
    server = _connected(settings)
    try:
        server.ehlo_or_helo_if_needed()
        _log_in(server, settings)
        yield server
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _connected(settings: Settings) -> smtplib.SMTP:
    host = settings.smtp_host or ""
    context = _context(settings)
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, settings.smtp_port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _context(settings: Settings) -> ssl.SSLContext:
    """Trusts the authorities of the machine, or those of smtp_ca_file alone."""
    try:
        return ssl.create_default_context(cafile=settings.smtp_ca_file)
    except OSError as error:
        raise ChannelError(f"smtp_ca_file {settings.smtp_ca_file} cannot be used: {error.strerror or error}") from None


def _log_in(server: smtplib.SMTP, settings: Settings) -> None:
    if not (settings.smtp_user and settings.smtp_password):
        return
    try:
        server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except UnicodeError:
        # The error's own words would show the password.
        why = "smtp_user or smtp_password has characters beyond ASCII, which a mail server's login cannot carry"
        raise ChannelError(why) from None


def _refusals(refused: Mapping[str, tuple[int, bytes]]) -> list[Refusal]:
    """What the server said of each; a code of 4xx is for now only, as of one who wants to see it twice."""
    return [
        Refusal(address, one_line(f"{code} {said.decode(errors='replace')}"), may_pass=code // 100 == 4)
        for address, (code, said) in refused.items()
    ]


def _mail(settings: Settings, message: Message, recipients: Iterable[str]) -> EmailMessage:
    mail = EmailMessage(policy=_Lines(linesep="\r\n"))
    mail["Subject"] = message.subject
    mail["From"] = settings.smtp_from
    mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(datetime.now(UTC))
    domain = _domain(settings)
    mail["Message-ID"] = f"<{message.own_id}@{domain}>" if message.own_id else make_msgid(domain=domain)
    if message.answers:
        mail["In-Reply-To"] = mail["References"] = f"<{message.answers}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(mail_page(message), subtype="html")
    return mail


def _domain(settings: Settings) -> str:
    """The sender's domain: an identifier must be unique, and need not tell the name of this machine."""
    domain = parseaddr(settings.smtp_from or "")[1].rpartition("@")[2]
    try:
        return domain.encode("idna").decode("ascii") or NO_DOMAIN
    except UnicodeError:
        return NO_DOMAIN
