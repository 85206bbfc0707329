import click

from honeydo.entrypoints.cli import cli
from honeydo.entrypoints.settings import Settings

# Say how a command does its work this once, which is no setting.
OF_ONE_RUN = {"--format", "--yes"}


def test_every_other_flag_stands_in_for_a_variable() -> None:
    flags = {
        option.opts[0]: option.name
        for command in cli.commands.values()
        for option in command.params
        if isinstance(option, click.Option) and option.opts[0] not in OF_ONE_RUN
    }
    assert sorted(flags) == ["--email", "--host", "--hours", "--migrate", "--port", "--workers"]
    assert {*flags.values()} <= {variable.name for variable in Settings.variables().values()}
