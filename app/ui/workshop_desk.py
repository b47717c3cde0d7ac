"""The work that is open in the workshop: made, changed, undone and kept as a draft.

Everything is a `Work`, and a change is another one; so undoing shows an earlier one. What
the window shows is on disk as soon as the lane of the `ChatBook` has written it, item by
item while they come.

Invariants: one piece of work is made at a time; whoever opens another one meanwhile
stops it first. A change takes the tick "checked" away: it was given for another text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from app.chats.store import ChatStore
from app.i18n import N_, translate
from app.services import Services
from app.ui.background import StopCheck, Task
from app.ui.chat_book import ChatBook
from app.ui.context import Context
from app.values.quiz import Item, ItemAdded, ItemFailed, QuizEvent, QuizFinished
from app.values.sheets import Sheet, SheetLine
from app.values.works import Work, WorkInfo
from app.workbench import (
    SheetFinished,
    SheetLineAdded,
    WorkEvent,
    another_line_events,
    finished_quiz,
    more_events,
    work_events,
)
from app.workshop.editing import moved, renewed

_MOST_STEPS = 100
E = TypeVar("E")


class WorkDesk(QObject):
    """Holds the open work.

    `changed`: the work is another one; `running` tells whether something is being made;
    `listed` carries the drafts; `left` tells that no work is open any more.
    """

    changed = Signal()
    running = Signal(bool)
    listed = Signal(object)
    left = Signal()

    def __init__(self, context: Context, book: ChatBook, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._book = book
        # Where the open draft's id stands; the lane fills it in when it has made one.
        self._slot = [0]
        self._opening = 0
        self._work: Work | None = None
        self._before: list[Work] = []
        self._after: list[Work] = []
        self._task: Task | None = None
        self._replacing = -1
        self._seed = 0

    # -- what there is ---------------------------------------------------------------

    @property
    def work(self) -> Work | None:
        """The open work."""
        return self._work

    @property
    def busy(self) -> bool:
        """Whether something is being made."""
        return self._task is not None

    @property
    def replacing(self) -> int:
        """The place of the item that is being made anew, -1 for none."""
        return self._replacing

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier state to go back to."""
        return bool(self._before) and not self.busy

    @property
    def can_redo(self) -> bool:
        """Whether something undone can be done again."""
        return bool(self._after) and not self.busy

    # -- opening ---------------------------------------------------------------------

    def reload(self) -> None:
        """Read the list of drafts."""
        self._book.run(lambda store: store.works(), self.listed.emit)

    def open(self, info: WorkInfo) -> None:
        """Show a draft."""
        self.leave()
        self._opening += 1
        ticket = self._opening

        def show(work: Work) -> None:
            if ticket == self._opening:
                self._slot = [info.id]
                self._take(work)

        self._book.run(lambda store: store.work(info.id), show)

    def leave(self) -> None:
        """Close the work; it stays a draft."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self.running.emit(False)
        self._opening += 1
        self._slot, self._work, self._replacing = [0], None, -1
        self._before.clear()
        self._after.clear()
        self.left.emit()

    def remove(self, info: WorkInfo) -> None:
        """Delete a draft for good."""
        if info.id == self._slot[0]:
            self.leave()
        self._book.run(lambda store: store.remove_work(info.id))
        self.reload()

    # -- making ----------------------------------------------------------------------

    def start(self, work: Work) -> None:
        """Begin a new piece of work and make it in the background."""
        self.leave()
        self._take(work)
        services = self._context.services

        def events(stop: StopCheck) -> Iterator[WorkEvent]:
            return work_events(services, work, stop=stop)

        self._run(events, self._on_event)

    def take_over(self, work: Work) -> None:
        """Open a piece of work that was made elsewhere; it becomes a draft."""
        self.leave()
        self._work = work
        self.changed.emit()
        self._keep()

    def again(self, place: int) -> None:
        """Make another item in the place of one."""
        work = self._work
        if work is None or self.busy:
            return
        self._seed += 1
        kind, seed = work.items[place].kind, self._seed
        services = self._context.services
        self._replacing = place

        def events(stop: StopCheck) -> Iterator[QuizEvent]:
            return more_events(services, work, kind, seed, stop=stop)

        self._run(events, self._on_another)

    def another_line(self, place: int) -> None:
        """Make another line in the place of one of a sheet."""
        work = self._work
        if work is None or work.sheet is None or self.busy:
            return
        self._seed += 1
        seed, services = self._seed, self._context.services
        self._replacing = place

        def events(stop: StopCheck) -> Iterator[SheetLineAdded | None]:
            found = list(another_line_events(services, work, place, seed, stop=stop))
            yield found[0] if found else None

        self._run(events, self._on_another_line)

    def _on_another_line(self, event: SheetLineAdded | None) -> None:
        work = self._work
        assert work is not None
        assert work.sheet is not None
        if event is None:
            text = N_("The text yields no other line here.")
            self._context.messages.info(translate(text))
            return
        lines = list(work.sheet.lines)
        lines[self._replacing] = event.line
        self.put_lines(tuple(lines))

    def more(self, kind: str) -> None:
        """Make one item more of a kind."""
        work = self._work
        if work is None or self.busy:
            return
        self._seed += 1
        seed, services = self._seed, self._context.services

        def events(stop: StopCheck) -> Iterator[QuizEvent]:
            return more_events(services, work, kind, seed, stop=stop)

        self._run(events, self._on_another)

    def stop(self) -> None:
        """Ask what is being made to end; what is there stays."""
        if self._task is not None:
            self._task.cancel()

    def _run(
        self,
        events: Callable[[StopCheck], Iterator[E]],
        on_event: Callable[[E], None],
    ) -> None:
        ticket = self._opening

        def told(event: E) -> None:
            if ticket == self._opening:
                on_event(event)

        def failed(error: Exception) -> None:
            self._context.messages.failure(error)
            self._end(ticket)

        self._task = self._context.background.stream(
            events, told, lambda: self._end(ticket), failed, runs_on=True
        )
        self.running.emit(True)

    def _end(self, ticket: int) -> None:
        if ticket != self._opening:
            return
        self._task, self._replacing = None, -1
        self.running.emit(False)
        work = self._work
        if work is not None and not work.size and not work.failed:
            # Nothing came: there is nothing to keep, and the form is what helps.
            self.leave()

    def _on_event(self, event: WorkEvent) -> None:
        work = self._work
        assert work is not None
        if isinstance(event, ItemAdded):
            work = replace(work, items=(*work.items, event.item))
        elif isinstance(event, ItemFailed):
            work = replace(work, failed=(*work.failed, event.failed))
        elif isinstance(event, QuizFinished):
            work = finished_quiz(work, event)
            if not event.items:
                self._say_nothing_came()
        elif isinstance(event, SheetLineAdded):
            sheet = work.sheet or Sheet(work.title, (), work.language)
            work = replace(work, sheet=replace(sheet, lines=(*sheet.lines, event.line)))
        elif isinstance(event, SheetFinished):
            sheet = event.sheet
            work = replace(
                work, sheet=sheet, model=sheet.model, language=sheet.language
            )
        self._show(work)

    def _say_nothing_came(self) -> None:
        self._context.messages.error(
            translate(
                N_(
                    "The documents hold no sentence that can be asked about. Add"
                    " documents with whole sentences, or choose other types."
                )
            )
        )

    def _on_another(self, event: QuizEvent) -> None:
        work = self._work
        assert work is not None
        if isinstance(event, ItemAdded):
            place = self._replacing
            items = (
                (*work.items, event.item)
                if place < 0
                else renewed(work.items, place, event.item)
            )
            self._replacing = -1
            self.change(replace(work, items=items))
        elif isinstance(event, ItemFailed):
            self.change(replace(work, failed=(*work.failed, event.failed)))
        elif not event.items and event.why_no_model != "stopped":
            text = N_("The text yields no other question of this kind.")
            self._context.messages.info(translate(text))

    # -- changing --------------------------------------------------------------------

    def change(self, work: Work) -> None:
        """Show another state of the work; the one before can be gone back to."""
        if self._work is None or work == self._work:
            return
        self._before.append(self._work)
        del self._before[:-_MOST_STEPS]
        self._after.clear()
        content = (self._work.items, self._work.sheet)
        if content != (work.items, work.sheet):
            work = replace(work, checked_by="", checked_on="")
        self._show(work)

    def undo(self) -> None:
        """Go one step back."""
        self._step(self._before, self._after)

    def redo(self) -> None:
        """Go one step forward again."""
        self._step(self._after, self._before)

    def _step(self, take: list[Work], give: list[Work]) -> None:
        if self._work is None or not take or self.busy:
            return
        give.append(self._work)
        self._show(take.pop())

    def put(self, place: int, item: Item) -> None:
        """Put an edited item into its place."""
        if self._work is not None:
            items = renewed(self._work.items, place, item)
            self.change(replace(self._work, items=items))

    def drop(self, place: int) -> None:
        """Take an item out."""
        work = self._work
        if work is not None:
            items = (*work.items[:place], *work.items[place + 1 :])
            self.change(replace(work, items=items))

    def move(self, place: int, step: int) -> None:
        """Move an item up or down."""
        if self._work is not None:
            items = moved(self._work.items, place, step)
            self.change(replace(self._work, items=items))

    def add(self, item: Item) -> None:
        """Add an item that a person wrote."""
        if self._work is not None:
            self.change(replace(self._work, items=(*self._work.items, item)))

    def accept(self, place: int, item: Item) -> None:
        """Take over an item that had failed, as a person mended it."""
        work = self._work
        if work is not None:
            failed = (*work.failed[:place], *work.failed[place + 1 :])
            self.change(replace(work, failed=failed, items=(*work.items, item)))

    def dismiss(self, place: int) -> None:
        """Put an item that had failed out of sight."""
        work = self._work
        if work is not None:
            failed = (*work.failed[:place], *work.failed[place + 1 :])
            self.change(replace(work, failed=failed))

    def put_lines(self, lines: tuple[SheetLine, ...]) -> None:
        """Put in the edited lines of a sheet."""
        work = self._work
        if work is not None and work.sheet is not None:
            self.change(replace(work, sheet=replace(work.sheet, lines=lines)))

    # -- keeping ---------------------------------------------------------------------

    def _take(self, work: Work) -> None:
        self._work = work
        self._before.clear()
        self._after.clear()
        self.changed.emit()

    def _show(self, work: Work) -> None:
        self._work = work
        self.changed.emit()
        if work.size or work.failed or self._slot[0]:
            self._keep()

    def _keep(self) -> None:
        """Write the work down; the first writing makes the draft."""
        work, slot = self._work, self._slot
        if work is None:
            return

        def keep(store: ChatStore) -> None:
            slot[0] = store.keep_work(slot[0], work)

        self._book.run(keep)

    @property
    def services(self) -> Services:
        """What the parts of the page work with."""
        return self._context.services
