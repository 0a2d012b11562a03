"""A setting that is wrong stops the start, and says which one and how to mend it."""

import pytest

from tests.stack.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

WRONG = {
    "a weak secret key": (
        {"SECRET_KEY_FILE": "", "SECRET_KEY": "hola"},
        ["SECRET_KEY is too weak", "50 random characters"],
    ),
    "no secret key": ({"SECRET_KEY_FILE": ""}, ["SECRET_KEY is missing", "50 random characters"]),
    "an unknown log level": ({"LOG_LEVEL": "LOUD"}, ["LOG_LEVEL is 'LOUD'", "DEBUG, INFO, WARNING, ERROR"]),
    "no Redis": ({"REDIS_URL": ""}, ["REDIS_URL is missing", "redis://"]),
    "two at once": (
        {"LANGUAGE_CODE": "xx", "ORIGINS": "localhost"},
        ["LANGUAGE_CODE is 'xx'", "ORIGINS holds 'localhost'"],
    ),
}


@pytest.mark.parametrize("service", ["web", "ws"])
@pytest.mark.parametrize(("variables", "said"), WRONG.values(), ids=WRONG.keys())
def test_the_start_is_refused_with_the_name_and_the_mend(
    stack: Stack, service: str, variables: dict[str, str], said: list[str]
) -> None:
    result = stack.run_once(service, **variables)
    assert result.returncode != 0
    output = result.stdout + result.stderr
    for words in said:
        assert words in output
    assert "Traceback" not in output
    assert "hola" not in output


def test_what_does_not_start_is_not_called_healthy(stack: Stack) -> None:
    result = stack.run_once("web", "python", "../deploy/healthcheck.py", "8000")
    assert result.returncode != 0
    assert "no answer" in result.stderr + result.stdout
