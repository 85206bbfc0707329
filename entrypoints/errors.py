"""What a command cannot go on from. Each is one line for the person at the terminal."""


class SettingsError(Exception):
    """A bad or missing value: names the variable, never tells a secret."""


class OperationFailed(Exception):
    """The settings are fine, but something outside is not."""
