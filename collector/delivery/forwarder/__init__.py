"""The forwarder: what people said, with what they did before it, goes to a Reflexio server.

How it flows
------------
1. The writer, after a segment's insert and before the segment is deleted, notes each conversational interaction
   (`interaction.is_conversational`) in the *journal*, one SQLite file: who and when, not the text. `journal.py`
2. The *plan* takes the notes of one session, asks the engine for their rows and for the session's actions before
   them, and makes requests of at most 50 items. A request's items, members and id are written to the journal
   before the first attempt, so an attempt that is repeated is the same request. `plan.py`, `items.py`
3. The *client* sends one at a time. The server knows a request by its id: "already exists" means delivered. `client.py`
4. What is erased here is taken out of the journal, and the server is told until it says yes. `erasing.py`, `telling.py`

What it promises
----------------
- Exactly one request with an interaction arrives, through kills of either side and lost answers: notes are made once
  (the event's id is their key), members are fixed with the request, and the request's id never changes.
- An action goes once, with the first conversational interaction after it.
- Requests of one session arrive in order; one that has to wait holds back its own session only, unless the server as
  a whole refuses.
- Nothing is dropped silently: what the server refuses for good stays in the journal with its reason, and
  `collector forwarding list | show | retry | drop` handles it. A journal over its budget refuses notes, by name too.
- Its lag touches neither intake nor the writer: a note is 200 bytes, and the server is never waited for.
"""

from collector.delivery.forwarder.client import Client
from collector.delivery.forwarder.forwarder import Forwarder
from collector.delivery.forwarder.journal import Journal

__all__ = ["Client", "Forwarder", "Journal"]
