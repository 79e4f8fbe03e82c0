"""Search by words and by meaning.

What was said (`texts.said`) has a row in the table `texts`: with its words as soon as its segment is stored, with
its embedding a moment later (`filling.py`). A question (`search.py`) asks for both, filtered in the engine, and
fuses the two rankings. The table is derived: whatever is lost of it can be made again from `interactions`.
"""
