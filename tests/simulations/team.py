"""Twenty moderators at work at once, through the console's own door, on an instance as an operator runs it."""

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from typing import NamedTuple

from tests.app.instance.serving import Instance, alive, children, until

_SET_UP = """
import json
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from vigie.store.models import Account, Case, CasePost, Fact, Post, User
keys = []
for n in range({moderators}):
    user = User(username=f"m{{n}}", roles=["moderator"])
    user.set_unusable_password()
    user.save()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={{"secret": "unused"}})
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.save()
    keys.append([user.pk, session.session_key])
posts = Post.objects.bulk_create([
    Post(source="s", key=f"p{{n}}", text_hash=n, text="Une phrase.", language="fr", created_at=NOW) for n in range({cases})
], batch_size=500)
cases = Case.objects.bulk_create([
    Case(source="s", clause="hate.racism", area="hate", language="fr", opened_at=NOW, probability=0.8, gravity=4, harm=n % 977)
    for n in range({cases})
], batch_size=500)
CasePost.objects.bulk_create([
    CasePost(case=case, post=post, cited="hate.racism@1", clause="hate.racism", route="human", rulebook="r", model="m", at=NOW,
             restriction="DECISION_VISIBILITY_CONTENT_REMOVED")
    for case, post in zip(cases, posts)
], batch_size=500)
print(json.dumps(keys))
"""
_FOUND = """
import json
from vigie.store.models import Case, Decision
print(json.dumps({
    "decisions": [
        [d.case_id, d.by_id, d.stage, d.breach]
        for d in Decision.objects.filter(cancellation=None).order_by("pk")
    ],
    "cases": list(Case.objects.values_list("pk", "status", "decided_by")),
    "without_reasons": Decision.objects.filter(breach=True, reasons=None).exclude(stage="second").count(),
}))
"""


class Found(NamedTuple):
    """What went wrong, in words; nothing should have. How many decisions were acknowledged, and how long each answer took."""

    wrong: list[str]
    acknowledged: int
    seconds: list[float]
    killed: int


class Moderator(threading.Thread):
    """Asks for the next case and decides it, again and again; now and then takes a decision back."""

    def __init__(self, port: int, user: int, session: str, stop: threading.Event):
        super().__init__()
        self._port, self.user, self._stop_asked, self._turn = port, user, stop, user
        self._headers = {
            "Cookie": f"sessionid={session}; csrftoken={'c' * 32}", "X-CSRFToken": "c" * 32,
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        self.acknowledged: dict[int, bool] = {}  # case: restricted?
        self.unsure: set[int] = set()  # the answer did not come: it may have happened
        self.seconds: list[float] = []
        self.answers: Counter[int] = Counter()
        self._line: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Work until told to stop."""
        while not self._stop_asked.is_set():
            where = self._ask("/console/next", "")
            if where.startswith("/console/cases/"):
                self._decide(int(where.split("/")[3]))

    def _decide(self, case: int) -> None:
        self._turn += 1
        restrict = self._turn % 3 == 0
        form = "verdict=leave"
        if restrict:
            form = "verdict=restrict&clause=hate.racism&facts=Une+phrase&explanation=Elle+abaisse"
        self.unsure.add(case)
        if self._ask(f"/console/cases/{case}/decide", form) == f"/console/cases/{case}/":
            self.unsure.discard(case)
            self.acknowledged[case] = restrict
            if self._turn % 10 == 0:
                del self.acknowledged[case]
                self.unsure.add(case)
                self._ask(f"/console/cases/{case}/undo", "")

    def _ask(self, path: str, form: str) -> str:
        """Where the answer leads; empty if there is none."""
        began = time.monotonic()
        try:
            if self._line is None:
                self._line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            self._line.request("POST", path, form, self._headers)
            answer = self._line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            if self._line is not None:
                self._line.close()
            self._line = None
            time.sleep(0.1)
            return ""
        self.seconds.append(time.monotonic() - began)
        self.answers[answer.status] += 1
        return answer.headers.get("Location", "") if answer.status == 302 else ""

    def hang_up(self) -> None:
        """Leave nothing open."""
        if self._line is not None:
            self._line.close()


def work(instance: Instance, seconds: float, *, cases: int, kills: int = 0, moderators: int = 20) -> Found:
    """Let the team work on an instance that is serving; kill processes of it meanwhile; then look for what went wrong."""
    assert instance.process is not None
    keys = json.loads(instance.python(_SET_UP.format(moderators=moderators, cases=cases)).splitlines()[-1])
    stop = threading.Event()
    team = [Moderator(instance.port, user, session, stop) for user, session in keys]
    for one in team:
        one.start()
    killed = 0
    try:
        for turn in range(kills):
            time.sleep(seconds / kills)
            killed += _kill(instance.process.pid, turn)
        time.sleep(0 if kills else seconds)
    finally:
        stop.set()
        for one in team:
            one.join()
            one.hang_up()
    until(lambda: instance.answers() is not None)
    wrong = _wrong(json.loads(instance.python(_FOUND).splitlines()[-1]), team, cases)
    return Found(
        wrong, sum(len(one.acknowledged) for one in team), [second for one in team for second in one.seconds], killed
    )


def _kill(pid: int, turn: int) -> bool:
    """kill -9 of a web process, the background process, the web server, in turn; False if it was not there."""
    begun = children(pid)
    servers = [one for one in begun if children(one)]
    workers = [worker for server in servers for worker in children(server)]
    chosen = [workers, [one for one in begun if one not in servers], servers][turn % 3]
    if not chosen:
        return False
    os.kill(chosen[turn % len(chosen)], signal.SIGKILL)
    until(lambda: not alive(chosen[turn % len(chosen)]))
    return True


def _wrong(found: dict[str, list[list[object]]], team: list[Moderator], cases: int) -> list[str]:
    """Cases that were decided twice or lost, acknowledged decisions that are not there, answers that should not be."""
    firsts = Counter(case for case, _, stage, _ in found["decisions"] if stage == "first")
    made = {(case, by): breach for case, by, stage, breach in found["decisions"]}
    wrong = [f"case {case} was decided {n} times" for case, n in firsts.items() if n > 1]
    wrong += [
        f"what {one.user} decided about case {case} is not there"
        for one in team
        for case, restricted in one.acknowledged.items()
        if case not in one.unsure and made.get((case, one.user)) != restricted
    ]
    if len(found["cases"]) != cases:
        wrong.append(f"there are {len(found['cases'])} cases of {cases}")
    for case, status, by in found["cases"]:
        if (by is not None) != (firsts[case] == 1):
            wrong.append(f"case {case} is {status}, decided by {by}, and has {firsts[case]} decisions")
    if found["without_reasons"]:
        wrong.append(f"{found['without_reasons']} restrictions have no reasons")
    answers = sum((one.answers for one in team), Counter[int]())
    wrong += [f"{n} answers were {status}" for status, n in answers.items() if status >= 400 and status != 409]
    return wrong
