"""Erasure: what is deleted is gone, everywhere, and stays gone.

How a deletion runs (`eraser.py`)
---------------------------------
1. Wait a moment until what was accepted before is stored, so that it is found and counted.
2. Write a *tombstone* and sync it (`tombstones.py`). From here on the deletion is certain, whatever is killed.
3. Ask the engine what is meant: how many, which images, which events of requests; the rows could not say so later, so
   what was found is written down too.
4. Wait for inserts that began before, then delete the rows (a lightweight DELETE: gone for every question at once),
   their texts in the search, what the forwarder still has or the Reflexio server got, and images that nothing else
   shows: nothing stored, and nothing that waits in a spool or in quarantine (`waiting.py`). An image sent again since
   is left to the settling: what shows it may be still to come.
5. Answer. Where the engine is away the answer says so, and the rest is done when it is back.

Who obeys a tombstone
---------------------
- Each writer takes what is meant out of a segment before it inserts (`Tombstones.screen`), so that neither a segment
  that waited nor a replayed quarantine brings anything back. The forwarder notes only what a writer passed on.
- A resent batch or publish is answered from the memory of batches. Beyond it: tombstones that name events hold for
  ever, whenever these come; the others hold for what was received before them and for what a page says happened
  before. A program chooses the ids of its requests: one it deleted may name a new publish, which was acknowledged.
- Where the machine's clock was ahead at the deletion, or at what it means, `reach.py` tells what came before.
- The *settling* (`settling.py`), a minute later and after each start until it has succeeded: deletes again, since an
  insert or an embedding may have been under way; empties the quarantines of what is meant; lets the engine rewrite the
  parts of the table that hide deleted rows; and rewrites segments that have waited for hours because the engine is away.

Processes on one data folder share the file of tombstones; a writer looks whether it has grown before each segment.
Collectors with folders of their own on one database tell each other through its table `tombstones`, before they delete
(`sharing.py`). A writer looks there before each segment; what an insert that was under way brings back, the settling of
both takes out again.
"""
