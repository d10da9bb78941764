"""An SMTP server of its own for a test: Exim, with TLS by a certificate made
for it, a name and password if wanted, and a mailbox that can be read."""

import email
import email.policy
import getpass
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from kratt import PATIENCE, free_port

DOMAIN = "example.ee"

CONFIGURATION = """
primary_hostname = localhost
spool_directory = {dir}/spool
log_file_path = {dir}/log/%slog
exim_user = {user}
exim_group = {group}
deliver_drop_privilege = {unprivileged}
keep_environment =
domainlist here = {domain}
acl_smtp_rcpt = recipient
acl_smtp_data = accept
tls_advertise_hosts = {tls_hosts}
tls_certificate = {dir}/certificate.pem
tls_privatekey = {dir}/key.pem
tls_on_connect_ports = {tls_port}
begin acl
recipient:
  deny message = log in first
       condition = {password_wanted}
       !authenticated = *
  accept domains = +here
  deny message = not here
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {dir}/mail
  maildir_format
  user = {user}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and {{{{eq{{$auth2}}{{{name}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"""


def is_possible():
    return bool(shutil.which("exim4") and shutil.which("openssl"))


class MailServer:
    """tls: "", "starttls" or "smtps". password: who sends has to log in."""

    name = "kratt"

    def __init__(self, tls="", password=""):
        self.dir = Path(tempfile.mkdtemp(prefix="kratt-mail-"))
        self.port = free_port()
        self.tls, self.password = tls, password
        self.certificate = self.dir / "certificate.pem"
        self._make_certificate()
        is_root = os.geteuid() == 0
        user = "Debian-exim" if is_root else getpass.getuser()
        for folder in ("spool", "log", "mail"):
            (self.dir / folder).mkdir()
        (self.dir / "conf").write_text(CONFIGURATION.format(
            dir=self.dir, user=user, group=user, domain=DOMAIN, name=self.name, password=password,
            unprivileged="false" if is_root else "true",
            tls_hosts="*" if tls else "", tls_port=self.port if tls == "smtps" else "",
            password_wanted="true" if password else "false"))
        if is_root:  # the configuration stays root's
            subprocess.run(["chown", "-R", f"{user}:{user}", *self.dir.iterdir()], check=True)
            shutil.chown(self.dir / "conf", "root", "root")
            (self.dir / "conf").chmod(0o644)
            self.dir.chmod(0o755)
        self.start()

    def _make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", self.dir / "key.pem", "-out", self.certificate],
            check=True, stderr=subprocess.DEVNULL)

    @property
    def _pid_file(self):
        return self.dir / "log" / "pid"

    @property
    def url(self):
        return f"{'smtps' if self.tls == 'smtps' else 'smtp'}://localhost:{self.port}"

    def start(self):
        """Listens when this returns."""
        subprocess.run(["exim4", "-C", self.dir / "conf", "-bd", "-q1m", "-oX",
                        f"127.0.0.1.{self.port}", "-oP", self._pid_file], check=True)
        end = time.monotonic() + PATIENCE
        while not self._pid_file.exists() and time.monotonic() < end:
            time.sleep(0.01)

    def stop(self):
        """On the same port it can be started again; safe when it is stopped."""
        if not self._pid_file.exists():
            return
        pid = int(self._pid_file.read_text())
        os.kill(pid, 15)
        end = time.monotonic() + PATIENCE
        while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
            time.sleep(0.01)
        self._pid_file.unlink(missing_ok=True)  # the next one writes its own

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    @property
    def messages(self):
        """What has arrived, in any order."""
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                for path in (self.dir / "mail" / "new").glob("*")]

    def wait_for(self, count):
        """Returns that many messages, or more, once they are there."""
        end = time.monotonic() + PATIENCE
        while len(messages := self.messages) < count:
            if time.monotonic() > end:
                raise AssertionError(f"{len(messages)} of {count} messages came")
            time.sleep(0.02)
        return messages
