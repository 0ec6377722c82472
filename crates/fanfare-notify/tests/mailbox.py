"""A mail server for tests: takes mails by SMTP and keeps each in a file.

    mailbox.py FOLDER [--port N] [--tls CERT KEY] [--auth USER PASSWORD] [--refuse ADDRESS]

Prints its port when it listens. A kept mail is FOLDER/<number>.eml. It ends with its standard input.
"""

import argparse
import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--tls", nargs=2)
parser.add_argument("--auth", nargs=2)
parser.add_argument("--refuse", default="")
given = parser.parse_args()


class Mailbox:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == given.refuse:
            return "550 5.1.1 nobody has this address"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        Mailbox.count += 1
        name = os.path.join(given.folder, f"{os.getpid()}-{Mailbox.count}.eml")
        with open(name + ".part", "wb") as file:
            file.write(b"X-Envelope-To: " + ",".join(envelope.rcpt_tos).encode() + b"\r\n")
            file.write(b"X-Encrypted: " + str(session.ssl is not None).encode() + b"\r\n")
            file.write(envelope.content)
        os.rename(name + ".part", name)
        return "250 2.0.0 kept as number %d" % Mailbox.count


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == tuple(text.encode() for text in given.auth)
    return AuthResult(success=right)


options = {}
if given.tls:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*given.tls)
    options.update(tls_context=context, require_starttls=True)
if given.auth:
    options.update(authenticator=authenticate, auth_required=True)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Mailbox(), **options), host="127.0.0.1", port=given.port
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
