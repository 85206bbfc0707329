import click

from honeydo.entrypoints.cli import cli
from honeydo.entrypoints.settings import Settings


def test_every_flag_stands_in_for_a_variable() -> None:
    flags = {
        option.opts[0]: option.name
        for command in cli.commands.values()
        for option in command.params
        if isinstance(option, click.Option)
    }
    assert sorted(flags) == ["--email", "--host", "--hours", "--migrate", "--port", "--workers"]
    assert {*flags.values()} <= {variable.name for variable in Settings.variables().values()}
