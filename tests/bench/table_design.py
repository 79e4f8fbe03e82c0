"""x"""


def compare(console):
    pass
