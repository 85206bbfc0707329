import os
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from honeydo.entrypoints.errors import SettingsError
from honeydo.entrypoints.settings import Settings

ROOT = Path(__file__).parents[2]
SECRET = "0123456789abcdef0123456789abcdef"


def test_nothing_need_be_set() -> None:
    settings = Settings.read()
    assert settings == Settings()
    assert (settings.database_url, settings.secret, settings.host) == (None, None, "127.0.0.1")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ada:pw@db.example/honeydo")
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    monkeypatch.setenv("HONEYDO_DATABASE_TIMEOUT", "2.5")
    monkeypatch.setenv("HONEYDO_MIGRATE", "yes")
    monkeypatch.setenv("HONEYDO_DATA_DIR", "~/bees")
    settings = Settings.read()
    assert settings.database_url == "postgresql://ada:pw@db.example/honeydo"
    assert settings.secret == SECRET.encode()
    assert settings.database_timeout == 2.5
    assert settings.migrate is True
    assert settings.data_dir == Path.home() / "bees"


def test_a_flag_wins_over_the_environment_and_that_over_dotenv(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("HONEYDO_HOST=::1\nHONEYDO_PORT=1\nHONEYDO_WORKERS=1\n")
    monkeypatch.setenv("HONEYDO_PORT", "2")
    monkeypatch.setenv("HONEYDO_WORKERS", "2")
    settings = Settings.read({"HONEYDO_WORKERS": "3", "HONEYDO_HOST": None})
    assert (settings.host, settings.port, settings.workers) == ("::1", 2, 3)


def test_blank_is_the_same_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("HONEYDO_PORT=\nFRONTEND_URL\n")
    for name in ("DATABASE_URL", "BETTER_AUTH_SECRET", "HONEYDO_WORKERS"):
        monkeypatch.setenv(name, " ")
    assert Settings.read() == Settings()


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("DATABASE_URL", "mysql://ada@db/honeydo", "must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://ada@db/honeydo?colour=red", "is not a PostgreSQL"),
        ("BETTER_AUTH_SECRET", SECRET[1:], "must have at least 32 bytes"),
        ("FRONTEND_URL", "*", "must be origins"),
        ("FRONTEND_URL", "https://*.example.com", "must be origins"),
        ("FRONTEND_URL", "app.example.com", "must be origins"),
        ("FRONTEND_URL", "https://app.example.com/tasks", "must be origins"),
        ("FRONTEND_URL", "https://ada@app.example.com", "must be origins"),
        ("FRONTEND_URL", "https://app.example.com:99999", "must be origins"),
        ("HONEYDO_PORT", "http", "must be a whole number from 0 to 65535"),
        ("HONEYDO_PORT", "65536", "must be a whole number from 0 to 65535"),
        ("HONEYDO_WORKERS", "0", "must be a whole number from 1 to"),
        ("HONEYDO_MIGRATE", "perhaps", "must be true or false"),
        ("HONEYDO_DATABASE_TIMEOUT", "0", "must be a number of seconds above 0"),
        ("HONEYDO_DATABASE_TIMEOUT", "nan", "must be a number of seconds above 0"),
        ("HONEYDO_LOG_FORMAT", "xml", "must be one of auto, json, text"),
        ("HONEYDO_LOG_LEVEL", "loud", "must be one of debug, info, warning, error"),
        ("HONEYDO_DATA_DIR", "~no-such-user/data", "names the home folder of an unknown user"),
        ("HONEYDO_PROT", "8000", "is not a setting of Honeydo; did you mean HONEYDO_PORT?"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refusal:
        Settings.read()
    assert str(refusal.value).startswith(f"{name} {complaint}")
    assert "\n" not in str(refusal.value)


def test_a_typing_error_in_dotenv_does_not_pass_for_a_setting() -> None:
    Path(".env").write_text("HONEYDO_WORKRES=2\n")
    with pytest.raises(SettingsError, match=r"HONEYDO_WORKRES .* HONEYDO_WORKERS"):
        Settings.read()


def test_a_dotenv_means_what_it_says_to_the_letter() -> None:
    Path(".env").write_text("BETTER_AUTH_SECRET=${HOME}-and-more-than-32-bytes-of-it\n")

    assert Settings.read().secret == b"${HOME}-and-more-than-32-bytes-of-it"


def test_a_dotenv_that_is_no_text_is_refused() -> None:
    Path(".env").write_bytes(b"HONEYDO_PORT=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        Settings.read()


@pytest.mark.parametrize(
    "password", ["xy@zzy", "xy/zzy", "1/xyzzy", "x@yz:zy", "xy@zzy/x", "xy%zzy", "xyz zy"]
)
def test_a_password_that_is_not_percent_encoded_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ada:{password}@db.example:5432/honeydo")
    with pytest.raises(SettingsError) as refusal:
        Settings.read()
    assert not re.search("xy|zy|yz", str(refusal.value))
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:sw%40rm@db.example/honeydo",
        "postgresql://ada:swarm@one,two:5433/honeydo?target_session_attrs=read-write",
        "postgresql:///honeydo?host=%2Frun%2Fpostgresql",
        "postgresql://ada@%40abstract/honeydo",
    ],
)
def test_libpq_urls_are_kept_as_they_are(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert Settings.read().database_url == url


def test_origins_become_what_browsers_send(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "FRONTEND_URL",
        "https://App.example.com/, http://localhost:3000,https://app.example.com:443, ,"
        "http://[::1]:80,capacitor://localhost",
    )
    assert Settings.read().frontend_origins == (
        "https://app.example.com",
        "http://localhost:3000",
        "http://[::1]",
        "capacitor://localhost",
    )


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:swarm@db.example/honeydo")
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    shown = repr(Settings.read())
    assert "swarm" not in shown
    assert SECRET not in shown


def test_the_example_documents_every_variable_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text()
    uncommented = re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.MULTILINE)
    Path(".env").write_text(uncommented)
    documented = re.findall(r"^([A-Z_]+)=", uncommented, flags=re.MULTILINE)
    assert sorted(documented) == sorted(each.name for each in Settings.variables().values())
    defaults = replace(
        Settings.read(), database_url=None, frontend_origins=(), data_dir=Settings().data_dir
    )
    assert defaults == Settings()


@pytest.mark.parametrize(
    ("cores", "url", "told", "processes"),
    [
        (2, "postgresql:///honeydo", None, 2),
        (16, "postgresql:///honeydo", None, 4),
        (16, "postgresql:///honeydo", 8, 8),
        (16, None, None, 1),
        (16, None, 2, 2),
    ],
)
def test_as_many_processes_serve_as_there_are_cores_within_reason(
    monkeypatch: pytest.MonkeyPatch, cores: int, url: str | None, told: int | None, processes: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {*range(cores)}, raising=False)

    assert Settings(database_url=url, workers=told).processes == processes


def test_every_setting_has_a_variable() -> None:
    assert [*Settings.variables()] == [setting.name for setting in fields(Settings)]
