"""What strangers can find out or use up, measured beside its mark (case numbers of the security tests).

    PW2   answers for known and unknown addresses take equally long
    PW8   many sign-ins at once: bounded memory, other requests are served; too long passwords are refused unhashed
    AZ16  100,000 different locales and client ids leave nothing behind
    IF4   slow connections do not slow others

Each stranger has a network address of its own (127.0.0.0/8), so that no budget by address is in the way.
"""

import http.client
import math
import re
import socket
import statistics
import threading
import time
import urllib.parse
from pathlib import Path

HASH_MIB = 19  # of one hashing thread: the server has one core, and so one of them
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


class Server:
    """Our server as a stranger sees it, and its memory as the system does."""

    def __init__(self, process, port, metrics_port, callback, password):
        self.process, self.port, self.metrics_port = process, port, metrics_port
        self.callback, self.password = callback, password
        self.addresses = iter(f"127.{a}.{b}.{c}" for a in range(1, 255) for b in range(256) for c in range(1, 255))
        self.users = iter(range(1_000_000))

    def connect(self, port=None, address=None):
        source = (address or next(self.addresses), 0)
        return http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60, source_address=source)

    def memory_mib(self, what="VmRSS"):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+)", text)[1]) / 1024

    def hashes(self):
        connection = self.connect(self.metrics_port)
        connection.request("GET", "/metrics")
        found = re.search(rb"argon2_verifications_total (\d+)", connection.getresponse().read())
        return int(found[1]) if found else 0


class Visitor:
    """One browser, as far as a sign-in needs one."""

    def __init__(self, server):
        self.server, self.connection, self.cookies = server, server.connect(), {}

    def ask(self, method, path, form=None):
        """Status, body and place of the answer, and the seconds that it took."""
        headers = {"Host": f"localhost:{self.server.port}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begin = time.perf_counter()
        try:
            self.connection.request(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            pass  # Refused by its head, before it was sent whole: the answer is there.
        answer = self.connection.getresponse()
        text = answer.read().decode()
        took = time.perf_counter() - begin
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer.status, text, answer.headers.get("Location"), took

    def to_password_page(self, email):
        """Goes as far as the page with the password; gives its address and the form's token."""
        query = urllib.parse.urlencode({
            "client_id": "bench", "response_type": "code", "scope": "openid", "redirect_uri": self.server.callback,
            "state": "s", "nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        })
        _, _, place, _ = self.ask("GET", f"/authorize?{query}")
        _, page, _, _ = self.ask("GET", place)
        _, _, place, _ = self.ask("POST", place, {"csrf": token_of(page), "email": email})
        _, page, _, _ = self.ask("GET", place)
        return place, token_of(page)

    def sign_in(self, email, password):
        """Status of the password's answer, and the seconds that it took."""
        place, token = self.to_password_page(email)
        status, _, _, took = self.ask("POST", place, {"csrf": token, "email": email, "password": password})
        return status, took


def token_of(page):
    return re.search(r'name="csrf" value="([^"]+)"', page)[1]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def row(case, what, value, mark, unit, met):
    return {"case": case, "what": what, "value": round(value, 2), "mark": mark, "unit": unit, "met": bool(met)}


def below(case, what, value, mark, unit):
    return row(case, what, value, f"< {mark:.4g}", unit, value < mark)


def measure(server):
    rows = []
    for part in (timing, parallel, too_long, leftovers, slow):
        rows += part(server)
    return rows


# ---- PW2 -----------------------------------------------------------------------------------------------------------

def timing(server, samples=300):
    known, unknown = [], []
    for number in range(samples):
        user = next(server.users)
        for name, times in ((f"user{user}@example.test", known), (f"nobody{number}@example.test", unknown)):
            _, took = Visitor(server).sign_in(name, "a wrong password")
            times.append(took * 1000)
    apart = abs(statistics.median(known) - statistics.median(unknown))
    same = kolmogorov_smirnov(known, unknown)
    return [
        below("PW2", f"medians apart, known and unknown address, n={samples}", apart, 5, "ms"),
        row("PW2", "Kolmogorov-Smirnov p of the two", same, "> 0.01", "", same > 0.01),
    ]


def kolmogorov_smirnov(one, other):
    """The asymptotic p of the two-sample test: how likely such a difference is if there is none."""
    one, other = sorted(one), sorted(other)
    share = lambda ordered, x: sum(value <= x for value in ordered) / len(ordered)
    distance = max(abs(share(one, x) - share(other, x)) for x in one + other)
    scaled = distance * math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    if scaled < 0.3:
        return 1.0
    return min(1.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101)))


# ---- PW8 -----------------------------------------------------------------------------------------------------------

def parallel(server, count=200):
    Visitor(server).sign_in(f"user{next(server.users)}@example.test", server.password)
    idle = server.memory_mib()
    pages = []
    for _ in range(count):
        visitor, user = Visitor(server), f"user{next(server.users)}@example.test"
        pages.append((visitor, user, *visitor.to_password_page(user)))
    answers, gate = [], threading.Barrier(count + 1)

    def post(visitor, user, place, token):
        gate.wait()
        answers.append(visitor.ask("POST", place, {"csrf": token, "email": user, "password": server.password})[0])

    threads = [threading.Thread(target=post, args=page) for page in pages]
    for thread in threads:
        thread.start()
    gate.wait()
    peak, others = idle, []
    while any(thread.is_alive() for thread in threads):
        others.append(visit(server, "/jwks"))
        peak = max(peak, server.memory_mib())
    odd = [status for status in answers if status not in (303, 503)]
    return [
        below("PW8", f"memory during {count} sign-ins at once ({idle:.0f} MiB idle)", peak, idle + HASH_MIB, "MiB"),
        below("PW8", "p99 of /jwks meanwhile", percentile(others, 0.99), 200, "ms"),
        row("PW8", f"answers other than 303 and 503 ({answers.count(503)} were 503)", len(odd), "0", "", not odd),
    ]


def visit(server, path):
    """Milliseconds of one request on a connection of its own."""
    begin = time.perf_counter()
    connection = server.connect(address="127.0.0.1")
    connection.request("GET", path, headers={"Host": f"localhost:{server.port}"})
    connection.getresponse().read()
    connection.close()
    return (time.perf_counter() - begin) * 1000


def too_long(server):
    before, rows = server.hashes(), []
    for size in (1025, 1_000_000):
        times, refused = [], True
        for _ in range(20):
            status, took = Visitor(server).sign_in(f"user{next(server.users)}@example.test", "x" * size)
            times.append(took * 1000)
            refused = refused and 400 <= status < 500
        rows.append(below("PW8", f"a password of {size:,} bytes is refused in", statistics.median(times), 50, "ms"))
        rows[-1]["met"] = rows[-1]["met"] and refused
    hashed = server.hashes() - before
    return [*rows, row("PW8", "of them hashed", hashed, "0", "", hashed == 0)]


# ---- AZ16 ----------------------------------------------------------------------------------------------------------

def leftovers(server, count=100_000):
    connection = server.connect()

    def ask(number):
        query = f"client_id=unknown-{number}&ui_locales=x{number % 9}-{number}&state={number}"
        connection.request("GET", f"/authorize?{query}", headers={
            "Host": f"localhost:{server.port}", "Accept-Language": f"q{number}-X{number}"})
        connection.getresponse().read()

    for number in range(1000):
        ask(number)
    before = server.memory_mib()
    for number in range(count):
        ask(number)
    grown = server.memory_mib() - before
    return [below("AZ16", f"memory grown by {count:,} locales and client ids", grown, 50, "MiB")]


# ---- IF4 -----------------------------------------------------------------------------------------------------------

def slow(server, count=500):
    idle = server.memory_mib()
    head = f"Host: localhost:{server.port}\r\n"
    connections = []
    for number in range(count):
        connection = socket.create_connection(("127.0.0.1", server.port), source_address=(next(server.addresses), 0))
        if number % 2:
            body = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"
            connection.sendall(f"POST /token HTTP/1.1\r\n{head}{body}".encode())
        else:
            connection.sendall(f"GET /jwks HTTP/1.1\r\n{head}".encode())
        connections.append(connection)
    others, peak, end = [], idle, time.monotonic() + 5
    while time.monotonic() < end:
        for connection in connections[:: max(1, count // 20)]:
            try:
                connection.sendall(b"x")
            except OSError:
                pass  # The server has had enough of it.
        others += [visit(server, "/jwks") for _ in range(20)]
        peak = max(peak, server.memory_mib())
    for connection in connections:
        connection.close()
    return [
        below("IF4", f"p99 of /jwks beside {count} slow connections", percentile(others, 0.99), 300, "ms"),
        below("IF4", f"memory meanwhile ({idle:.0f} MiB idle)", peak, 2 * idle, "MiB"),
    ]


def show(rows):
    print(f"\n{'case':<6}{'what':<66}{'measured':>10}  {'wanted':<10}")
    for found in rows:
        print(f"{found['case']:<6}{found['what']:<66}{found['value']:>10}  {found['mark']:<10}{found['unit']:<4}"
              f"{'' if found['met'] else '  MISSED'}")
