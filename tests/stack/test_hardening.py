"""What the containers may do, what they reach, and where the secrets are."""

import pytest
from playwright.sync_api import Browser

from tests.browser.visitor import Visitor
from tests.people import PASSWORD
from tests.stack.container import Container, docker
from tests.stack.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

ONE_SHOTS = {"setup", "migrate"}
LONG_RUNNING = {"db", "redis", "web", "ws", "nginx"}

# Which secrets a service mounts; and that it cannot change them.
SECRETS_OF = {
    "setup": {"app", "database"},
    "migrate": {"app", "database"},
    "web": {"app", "database"},
    "ws": {"app", "database"},
    "db": {"database"},
    "redis": set(),
    "nginx": set(),
}


@pytest.fixture
def containers(stack: Stack) -> list[Container]:
    found = stack.containers()
    assert {container.service for container in found} == ONE_SHOTS | LONG_RUNNING
    return found


def test_nothing_runs_as_root(containers: list[Container]) -> None:
    for container in containers:
        user = container.details["Config"]["User"]
        assert user.partition(":")[0] not in {"", "0", "root"}, container.name
        if container.running:
            processes = docker("top", container.id, "-eo", "pid,uid").splitlines()[1:]
            assert processes, container.name
            assert "0" not in {line.split()[1] for line in processes}, container.name


def test_the_root_is_read_only_and_there_is_nothing_to_gain(containers: list[Container]) -> None:
    for container in containers:
        host = container.details["HostConfig"]
        assert host["ReadonlyRootfs"], container.name
        assert host["CapDrop"] == ["ALL"], container.name
        assert not host["CapAdd"], container.name
        assert not host["Privileged"], container.name
        assert "no-new-privileges:true" in host["SecurityOpt"], container.name


def test_the_kernel_agrees(containers: list[Container]) -> None:
    for container in containers:
        if container.running:
            status = container.run("cat", "/proc/1/status")
            fields = dict(line.split(":\t", 1) for line in status.splitlines())
            assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 0, container.name
            assert fields["NoNewPrivs"] == "1", container.name


def test_everything_is_bounded(containers: list[Container]) -> None:
    for container in containers:
        host = container.details["HostConfig"]
        assert 0 < host["Memory"] <= 1 << 30, container.name
        assert 0 < host["PidsLimit"] <= 512, container.name
        log = host["LogConfig"]
        assert log["Config"].keys() >= {"max-size", "max-file"}, container.name


def test_only_nginx_is_reached_from_outside_and_only_from_this_machine(
    stack: Stack, containers: list[Container]
) -> None:
    published = {
        (container.service, binding["HostIp"], binding["HostPort"])
        for container in containers
        for bindings in (container.details["HostConfig"]["PortBindings"] or {}).values()
        for binding in bindings
    }
    assert published == {("nginx", "127.0.0.1", str(stack.port))}


def test_nginx_is_not_on_the_network_of_the_data_and_that_has_no_way_out(
    stack: Stack, containers: list[Container]
) -> None:
    networks = {container.service: set(container.networks) for container in containers}
    assert networks == {
        "nginx": {"edge"},
        "web": {"edge", "data"},
        "ws": {"edge", "data"},
        "migrate": {"data"},
        "db": {"data"},
        "redis": {"data"},
        "setup": {"none"},
    }
    assert docker("network", "inspect", f"{stack.project}_data", "--format", "{{.Internal}}").strip() == "true"


def test_all_that_runs_on_is_healthy_and_comes_back_and_the_rest_has_ended_well(containers: list[Container]) -> None:
    for container in containers:
        if container.service in LONG_RUNNING:
            assert container.running, container.name
            assert container.health == "healthy", container.name
            assert container.details["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped", container.name
        else:
            assert not container.running, container.name
            assert container.details["State"]["ExitCode"] == 0, container.said()


def test_the_grace_before_a_kill_is_longer_than_the_drain(containers: list[Container]) -> None:
    graces = {container.service: container.details["Config"].get("StopTimeout") for container in containers}
    assert graces["ws"] > 10
    assert graces["nginx"] > graces["ws"]


def test_each_secret_is_only_where_it_is_needed(stack: Stack, containers: list[Container]) -> None:
    for container in containers:
        mounted = {
            mount["Name"].removeprefix(f"{stack.project}_").removesuffix("-secrets"): mount["RW"]
            for mount in container.details["Mounts"]
            if mount.get("Name", "").endswith("-secrets")
        }
        assert set(mounted) == SECRETS_OF[container.service], container.name
        assert container.service == "setup" or not any(mounted.values()), container.name


def test_no_secret_is_in_an_environment_a_configuration_or_a_log(
    stack: Stack, chromium: Browser, token: str, join_link: str, ana: Visitor, berto: Visitor
) -> None:
    fails_to_join(Visitor(chromium, stack.url), join_link)
    sessions = [cookie["value"] for visitor in (ana, berto) for cookie in visitor.context.cookies()]
    secrets = {
        "secret key": stack.secret("app/secret_key"),
        "database password": stack.secret("database/password"),
        "token": token,
        "join code": join_link.rstrip("/").rpartition("/")[2],
        **{f"cookie {number}": value for number, value in enumerate(sessions)},
    }
    assert all(len(secret) > 20 for secret in secrets.values())
    places = {
        "docker compose config": stack.compose("config"),
        **{f"docker inspect {container.name}": str(container.details) for container in stack.containers()},
        **{f"docker logs {container.name}": container.said() for container in stack.containers()},
    }
    for place, text in places.items():
        for name, secret in secrets.items():
            assert secret not in text, f"the {name} is in {place}"


def fails_to_join(someone: Visitor, link: str) -> None:
    """What fails is logged in more words than what succeeds."""
    someone.goes_to(link)
    someone.fills_in("Your name", "ana")
    someone.fills_in("Password", PASSWORD)
    someone.presses("Join")
    someone.sees("This name is taken.")
    someone.context.close()
