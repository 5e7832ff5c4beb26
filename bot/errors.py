"""Every error the product raises on purpose. `str(error)` is fit to show to the person who caused it."""


class BorgersvarError(Exception):
    """The base of all; carries no personal data."""


class SettingsError(BorgersvarError):
    """One or more settings are missing or malformed; the message names every one."""


class DatabaseError(BorgersvarError):
    """The database can't be reached, or its tables are not those of this version."""

    def __init__(self) -> None:
        super().__init__(
            "The database can't be used: it can't be reached, or its tables are not of this version.\n"
            "Check DATABASE_URL, then run `flask db-upgrade`."
        )


class FlowError(BorgersvarError):
    """A file that staff wrote has mistakes; each problem is `file:line:column: message`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UnreadableInputError(BorgersvarError):
    """A whole file or request body can't be understood, so no row of it was tried."""
