"""What is written down is so: every knob in .env.example exists, every knob that exists is in it."""

import re
from pathlib import Path

import pytest

from chat.api import api
from chat.errors import ChatError
from chat.protocol import REQUESTS
from realtime import close_codes

ROOT = Path(__file__).parent.parent

# Set by docker-compose.yml itself, and made by the first start: nobody types them.
MADE_BY_THE_STACK = {
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATABASE_PASSWORD"),
    *("STATIC_ROOT", "UPLOADS_ROOT", "UPLOADS_BY_NGINX"),
}
# Filled in with a knob that the application has as well, under the application's name for it.
OF_THE_APPLICATION_TOO = {"NGINX_UPLOAD_MAX_BYTES"}
# Said by the image.
OF_THE_IMAGE = {"STATIC_ROOT", "UPLOADS_ROOT"}
# Known to settings.py, of no use in the stack: it is always a production.
FOR_DEVELOPERS = {"DEBUG"}


def read(*names: str) -> str:
    return "\n".join((ROOT / name).read_text() for name in names)


def in_example() -> dict[str, str]:
    """The knobs of .env.example and their defaults."""
    return dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", read(".env.example"), re.MULTILINE))


def in_compose() -> dict[str, str]:
    """What docker-compose.yml takes from the environment, and its defaults."""
    text = read("docker-compose.yml")
    found = dict(re.findall(r"\$\{([A-Z][A-Z0-9_]+):-((?:[^${}]|\$\{[^{}]*\})*)\}", text))
    bare = set(re.findall(r"\$\{?([A-Z][A-Z0-9_]+)", text)) - found.keys()
    return found | dict.fromkeys(bare, "")


def in_settings() -> set[str]:
    """What the application reads."""
    text = read("app/config/settings.py", "app/config/environment.py", "deploy/gunicorn.conf.py")
    return set(re.findall(r"""\.(?:text|flag|number|choice)\(\s*"([A-Z][A-Z0-9_]+)\"""", text))


def in_templates() -> set[str]:
    """What nginx's templates are filled in with."""
    templates = sorted((ROOT / "nginx" / "templates").glob("*.template"))
    return {name for file in templates for name in re.findall(r"\$\{(NGINX_[A-Z0-9_]+)\}", file.read_text())}


def passed_on() -> set[str]:
    """What docker-compose.yml gives its containers."""
    return set(re.findall(r"^\s+([A-Z][A-Z0-9_]+): ", read("docker-compose.yml"), re.MULTILINE))


# --- .env.example ---


def test_every_knob_of_the_example_is_the_stacks() -> None:
    assert in_example().keys() - in_compose().keys() == set()


def test_every_knob_of_the_stack_is_in_the_example() -> None:
    assert in_compose().keys() - in_example().keys() == set()


def test_every_default_of_the_example_is_the_stacks() -> None:
    stack = {name: re.sub(r"\$\{\w+:-([^{}]*)\}", r"\1", default) for name, default in in_compose().items()}
    different = {
        name: (default, stack[name]) for name, default in in_example().items() if default != stack.get(name, default)
    }
    assert different == {}


def test_every_knob_says_why() -> None:
    lines = read(".env.example").splitlines()
    silent = []
    explained = False
    for line in lines:
        if re.match(r"#?[A-Z][A-Z0-9_]+=", line):
            if not explained:
                silent.append(line)
        else:
            explained = line.startswith("# ") and not line.startswith("# ---")
    assert silent == []


def test_what_the_application_reads_can_be_set_in_the_stack() -> None:
    read_by_it = in_settings()
    assert "SECRET_KEY" in read_by_it
    assert "WEB_THREADS" in read_by_it
    given = {name.removesuffix("_FILE") for name in passed_on()}
    assert read_by_it - given - FOR_DEVELOPERS - OF_THE_IMAGE == set()
    assert read_by_it - in_example().keys() - FOR_DEVELOPERS - MADE_BY_THE_STACK == set()


def test_what_nginx_is_filled_in_with_is_given() -> None:
    assert in_templates() - passed_on() == set()
    assert in_templates() - in_example().keys() - OF_THE_APPLICATION_TOO == set()


def test_no_secret_has_a_default() -> None:
    assert [name for name in in_example() if re.search("SECRET|PASSWORD|TOKEN", name)] == []


# --- docs/protocol.md ---


def protocol() -> str:
    return read("docs/protocol.md")


def first_column(heading: str) -> set[str]:
    """What stands first in the rows of the table under a heading."""
    section = protocol().split(f"# {heading}\n", 1)[1].split("\n#", 1)[0]
    return set(re.findall(r"^\| `?([\w.]+)`? \|", section, re.MULTILINE)) - {"code", "type", "call"}


def test_the_protocol_names_every_request() -> None:
    assert first_column("What a client sends") == set(REQUESTS)


def subclasses(of: type[ChatError]) -> set[str]:
    return {error.code for error in of.__subclasses__()}


def test_the_protocol_names_every_error_code() -> None:
    assert first_column("Error codes") == subclasses(ChatError)


def test_the_protocol_names_every_close_code() -> None:
    codes = {str(value) for name, value in vars(close_codes).items() if name.isupper()}
    assert first_column("Close codes") == codes


def test_the_protocol_names_every_call() -> None:
    table = protocol().split("## The API\n", 1)[1]
    cells = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
    addresses = [address for cell in cells for address in re.findall("(…?/[\\w/<>]+/)", cell)]
    described = {address.replace("…", "/rooms/<room>") for address in addresses}
    wanted = {
        path.removeprefix("/api/v1").replace("{", "<").replace("}", ">")
        for path in api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    }
    assert described == wanted


# --- the rest ---


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"])
def test_every_link_between_our_files_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", read(name))
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("document", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []
