"""An SMTP server that keeps every message as a file: PORT FOLDER."""

import asyncio
import itertools
import sys
from pathlib import Path

from aiosmtpd.controller import UnthreadedController


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
    controller = UnthreadedController(Keep(folder), hostname="127.0.0.1", port=int(port), enable_SMTPUTF8=True)
    await controller.loop.create_server(controller.factory, "127.0.0.1", int(port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
