"""The threads that do jobs while a site is served, and what they do when there is none."""

import math
import secrets
import threading
import time
from dataclasses import dataclass

from portfolio.config import Settings
from portfolio.export import book
from portfolio.jobs import bells, bringing, sweeping, warming, working
from portfolio.jobs.bells import Clock, log_failure
from portfolio.jobs.making import SUFFIX
from portfolio.store import database

LOOK_EVERY = 1.0  # seconds between two looks into the table
SWEEP_EVERY = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Lane:
    """What a worker takes up. Two lanes let a student's book pass by all the books of a cohort."""

    name: str
    kinds: frozenset[str]
    warm_s: float  # how long its process for books waits for the next one
    patient: bool = False  # its documents are made at low priority, and between them pieces of likely books


ALL = Lane("jobs", frozenset({*SUFFIX, bringing.KIND}), 900)
SHORT = Lane("jobs", frozenset(SUFFIX) - {"archive", "cohort", "cohort-site"}, 900)
LONG = Lane("long jobs", frozenset({*SUFFIX, bringing.KIND}) - {"book"}, 60, patient=True)


class Worker(threading.Thread):
    """Takes up one job after another until it is stopped."""

    def __init__(self, settings: Settings, clock: Clock, lane: Lane = ALL) -> None:
        super().__init__(name=lane.name, daemon=True)
        self.settings, self.clock, self.lane = settings, clock, lane
        self.token = secrets.token_hex(8)
        self.stopping = threading.Event()
        self.room = book.press_room(patient=lane.patient)
        self.bell = bells.bell()
        self.used = self.swept = -math.inf

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                self.bell.clear()
                try:
                    with database.connection():
                        self._turn()
                except Exception as problem:  # the database may be away for a while; the next look finds it
                    log_failure("the jobs' worker goes on after an error", problem)
                self.bell.wait(LOOK_EVERY)
        finally:
            bells.hang_up(self.bell)
            self.room.close()

    def _turn(self) -> None:
        if "book" in self.lane.kinds and bells.expected.is_set():
            bells.expected.clear()
            self.room.ready()
            self.used = time.monotonic()
        while not self.stopping.is_set() and self._work():
            self.used = time.monotonic()
        if self.lane is not SHORT and time.monotonic() - self.swept > SWEEP_EVERY:
            sweeping.sweep_site(self.settings, now=self.clock())
            self.swept = time.monotonic()
        if self.lane.patient and warming.warm_once(self.settings, self.clock, self.room) is not None:
            self.used = time.monotonic()
        if time.monotonic() - self.used > self.lane.warm_s:
            self.room.close()

    def _work(self) -> bool:
        return working.work_once(self.settings, self.clock, self.token, self.room, self.lane.kinds)

    def stop(self) -> None:
        """Take up nothing more; a job under way is left to its lease."""
        self.stopping.set()
        self.bell.set()


class Workers:
    """Two workers: one for what is made in seconds, one for what takes longer."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.threads = [Worker(settings, clock, lane) for lane in (SHORT, LONG)]

    def start(self) -> None:
        for one in self.threads:
            one.start()

    def stop(self) -> None:
        """Take up nothing more; jobs under way are left to their leases."""
        for one in self.threads:
            one.stop()
