"""Errors that are told to a person in one line, without a traceback."""


class UserError(Exception):
    """Bad input or a bad setting. The message is one line and says what is wrong and where; commands exit with 2."""


class UnreachableError(UserError):
    """A file that is not there or that the machine will not read now. Nothing is known of its content: it is tried again."""


class NoFace(Exception):
    """A capture in which no face was found. It is a result (`no_face`), not a failure."""


class StageError(UserError):
    """A stage cannot go on (disk full, too many failed items). What was finished is kept for the next run."""
