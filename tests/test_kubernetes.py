"""The manifests of deploy/kubernetes agree with the image, the settings and the routes.

No test applies them: there is no cluster where the tests run.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from core.cli import app
from core.config import Settings
from core.main import ROUTES

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "deploy/kubernetes"
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
DEPLOY = (ROOT / "docs/deploy.md").read_text("utf-8")
RESOURCES = [
    resource
    for path in sorted(FOLDER.glob("*.yaml"))
    for resource in yaml.safe_load_all(path.read_text("utf-8"))
]


def of_kind(kind: str) -> Any:
    [found] = [resource for resource in RESOURCES if resource["kind"] == kind]
    return found


SERVERS, JOB = of_kind("StatefulSet"), of_kind("Job")
PODS = [resource["spec"]["template"] for resource in (SERVERS, JOB)]
CONTAINERS = [container for pod in PODS for container in pod["spec"]["containers"]]
SERVER = CONTAINERS[0]
PORTS = {port["name"]: port["containerPort"] for port in SERVER["ports"]}


def selects(selector: dict[str, str], pod: Any) -> bool:
    return bool(selector.items() <= pod["metadata"]["labels"].items())


def test_every_container_runs_the_same_image_and_a_command_that_exists():
    assert len({container["image"] for container in CONTAINERS}) == 1
    commands = get_command(app).commands  # type: ignore[attr-defined]  # a group has them
    assert SERVER["args"] == ["serve"]
    assert "serve" in commands
    group, command = CONTAINERS[1]["args"]
    assert command in commands[group].commands


def test_the_image_has_no_stand_in_for_clerk():
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "devclerk" not in allowed
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["core"]


@pytest.mark.parametrize("pod", PODS)
def test_no_pod_is_root_or_can_write_its_root_file_system(pod: Any):
    image_user = int(re.findall(r"--uid (\d+) core", DOCKERFILE)[0])
    spec = pod["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == image_user
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    [container] = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_server_can_write_where_the_image_keeps_its_imports():
    folder = re.findall(r"CORE_IMPORT_FOLDER=(\S+)", DOCKERFILE)[0]
    mounts = {mount["name"]: mount["mountPath"] for mount in SERVER["volumeMounts"]}
    [claim] = SERVERS["spec"]["volumeClaimTemplates"]
    assert Path(folder).is_relative_to(mounts[claim["metadata"]["name"]])
    assert PODS[0]["spec"]["securityContext"]["fsGroup"]


def test_the_probes_ask_routes_that_need_no_sign_in():
    public = {route.path for route in ROUTES if route.method == "GET" and 401 not in route.problems}
    probes = {name: SERVER[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness")}
    probes["readiness"] = SERVER["readinessProbe"]["httpGet"]
    assert {probe["path"] for probe in probes.values()} == {"/health", "/health/ready"} & public
    # A database that is gone for a minute must not restart every server.
    assert probes["liveness"]["path"] == "/health"
    assert probes["readiness"]["path"] == "/health/ready"
    assert {PORTS[probe["port"]] for probe in probes.values()} == {PORTS["http"]}


def test_a_node_drain_keeps_one_server_and_selectors_match_only_servers():
    budget, service = of_kind("PodDisruptionBudget"), of_kind("Service")
    assert SERVERS["spec"]["replicas"] == 2
    assert budget["spec"]["minAvailable"] == 1
    for selector in (
        budget["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        SERVERS["spec"]["selector"]["matchLabels"],
    ):
        assert [selects(selector, pod) for pod in PODS] == [True, False]
    [port] = service["spec"]["ports"]
    assert port["targetPort"] in PORTS


def test_a_server_gets_the_time_to_finish_its_requests():
    pause_s = int(SERVER["lifecycle"]["preStop"]["exec"]["command"][1])
    finishing_s = Settings.model_fields["CORE_SHUTDOWN_TIMEOUT_S"].default
    assert PODS[0]["spec"]["terminationGracePeriodSeconds"] > pause_s + finishing_s


def test_the_manifests_use_existing_settings_and_their_ports():
    settings = of_kind("ConfigMap")["data"]
    secrets = re.findall(r"--from-literal=(\w+)=", DEPLOY)
    assert set(settings) | set(secrets) <= set(Settings.model_fields)
    assert {"DATABASE_URL", "CLERK_SECRET_KEY"} <= set(secrets)
    assert not set(settings) & set(secrets)
    [secret] = re.findall(r"kubectl create secret generic ([\w-]+)", DEPLOY)
    for container in CONTAINERS:
        assert {"secretRef": {"name": secret}} in container["envFrom"]
    assert PORTS["metrics"] == int(settings["CORE_METRICS_PORT"])
    assert PORTS["http"] == Settings.model_fields["CORE_PORT"].default


@pytest.mark.parametrize("pod", PODS)
def test_no_service_of_the_cluster_becomes_a_setting(pod: Any):
    """A service named `core` would set CORE_PORT to `tcp://10.0.0.1:80` in every pod."""
    assert pod["spec"]["enableServiceLinks"] is False


def test_the_network_policy_covers_every_pod_and_its_ports():
    policy = of_kind("NetworkPolicy")["spec"]
    assert all(selects(policy["podSelector"]["matchLabels"], pod) for pod in PODS)
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    entries = policy["ingress"]
    assert [entry["ports"][0]["port"] for entry in entries] == [PORTS["http"], PORTS["metrics"]]
    assert all(entry["from"] for entry in entries)
    [out] = policy["egress"]
    assert {53, 443, 5432, 4318} <= {port["port"] for port in out["ports"]}


def test_the_documented_commands_name_files_and_resources_that_exist():
    documented = DEPLOY.partition("### Kubernetes\n")[2].partition("\n## ")[0]
    files = re.findall(r"deploy/kubernetes/\w+\.yaml", documented)
    assert {Path(file).name for file in files} == {path.name for path in FOLDER.iterdir()}
    names = {f"{one['kind'].lower()}/{one['metadata']['name']}" for one in RESOURCES}
    assert set(re.findall(r"\b(?:job|statefulset)/[\w-]+", documented)) <= names
