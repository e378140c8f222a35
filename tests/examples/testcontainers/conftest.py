"""Testcontainers in Python: a session's mock, in a container."""

import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs


@pytest.fixture(scope="session")
def mock_url():
    container = (
        DockerContainer("ghcr.io/your-org/enrichment-mock:0.1.0")
        .with_exposed_ports(8080)
        .with_env("ENRICHMENT_MOCK_CLOCK", "manual")
        # Where it finds the test's receivers, which must listen on all addresses (0.0.0.0), not on 127.0.0.1 alone.
        .with_kwargs(extra_hosts={"host.docker.internal": "host-gateway"})
    )
    with container:
        wait_for_logs(container, r"enrichment-mock \S+ listening on", timeout=30)
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(8080)}"
