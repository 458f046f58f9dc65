"""An SMTP server that keeps every message as a file: PORT FOLDER."""

import asyncio
import itertools
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Keep:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.numbers = itertools.count()

    async def handle_DATA(self, server, session, envelope):
        name = f"{next(self.numbers):06}.eml"
        head = f"X-Envelope-From: {envelope.mail_from}\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\n"
        part = self.folder / f".{name}"
        part.write_bytes(head.encode() + envelope.original_content.replace(b"\r\n", b"\n"))
        part.rename(self.folder / name)  # whole files only
        return "250 kept"


async def main(port, folder):
    keep = Keep(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(keep, enable_SMTPUTF8=True), "127.0.0.1", int(port)
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
