"""Terraform and OpenTofu behind the port Infrastructure: the program as a child, a saved plan, JSON events from a file.

State: a root with `backend "kubernetes"` gets the Secret `tfstate-default-SUFFIX` in our namespace; one without a
backend a file under our data folder; any other backend is used as it is written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fairlead.adapters.process import TimedOut
from fairlead.adapters.terraform.configuration import Configuration, read_configuration
from fairlead.adapters.terraform.diagnostics import locked_by
from fairlead.adapters.terraform.environment import PROVIDER_VARIABLES, child_environment, find_surroundings
from fairlead.adapters.terraform.files import find_files
from fairlead.adapters.terraform.folders import Folders, RunFolder, folders_of
from fairlead.adapters.terraform.locks import lease_ref, lock_info_file, lock_of_file, lock_of_lease
from fairlead.adapters.terraform.masking import mask_of
from fairlead.adapters.terraform.plan import parse_changes, parse_drift, parse_outputs, parse_planned_outputs
from fairlead.adapters.terraform.workplace import Workplace
from fairlead.model.errors import InputError, Refused, StepFailed, Unavailable
from fairlead.model.infrastructure import Output, StateLock, Surroundings, TerraformDrift, TerraformPlan, TerraformRoot
from fairlead.ports import Cluster, Tools


class TofuInfrastructure:
    """One for a project. *data_root* takes all that Terraform writes but its dependency lock file; what a root reads
    lies within *project*. *kubeconfig* and *context* name the environment's cluster, for the kubernetes backend,
    providers and provisioners; *cluster* is the same one, to read locks. *environment_variables* are patterns of names
    that children see. *cli_config* is a Terraform CLI configuration (mirrors, private registries) in the place of an
    empty one.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        data_root: Path,
        project: Path,
        kubeconfig: Path | None = None,
        context: str = "",
        namespace: str = "fairlead-system",
        cluster: Cluster | None = None,
        environment_variables: Sequence[str] = PROVIDER_VARIABLES,
        cli_config: Path | None = None,
        timeout_seconds: float = 7200,
    ) -> None:
        self._tools = tools
        self._data_root = data_root
        self._project = project
        self._kubeconfig = kubeconfig
        self._context = context
        self._namespace = namespace
        self._cluster = cluster
        self._environment_variables = tuple(environment_variables)
        self._cli_config = cli_config
        self._timeout = timeout_seconds
        self._runs: dict[str, RunFolder] = {}

    def files(self, root: TerraformRoot) -> tuple[Path, ...]:
        """Every file that determines the root's plan, in path order, without starting a process."""
        return find_files(root, project=self._project)

    def surroundings(self, root: TerraformRoot) -> Surroundings:
        program = shutil.which("terraform") if root.program == "terraform" else None
        return find_surroundings(
            os.environ,
            passed=self._environment_variables,
            declared=_read_configuration(root).variables,
            program=_identity_of(Path(program)) if program else "",
        )

    async def init(self, root: TerraformRoot) -> None:
        await self._init(await self._workplace(root))

    async def plan(self, root: TerraformRoot, *, destroy: bool = False) -> TerraformPlan:
        place = await self._workplace(root)
        run = place.folders.new_run()
        try:
            plan = await _plan(place, run, destroy=destroy)
        except BaseException:
            run.remove()
            raise
        self._runs[plan.file] = run
        return plan

    async def apply(
        self, root: TerraformRoot, plan: TerraformPlan, *, on_event: Callable[[str], None]
    ) -> Mapping[str, Output]:
        run = self._runs.pop(plan.file, None)
        if run is None:
            raise Refused(
                f"{root.component}: the saved plan is gone: it was applied, or made by another process",
                hint="plan again",
            )
        try:
            place = await self._workplace(root)
            await _apply(place, run, on_event)
        finally:
            run.remove()
        return await _outputs(place)

    async def drift(self, root: TerraformRoot) -> TerraformDrift:
        place = await self._workplace(root)
        run = place.folders.new_run()
        try:
            return await _drift(place, run)
        finally:
            run.remove()

    async def outputs(self, root: TerraformRoot) -> Mapping[str, Output]:
        return await _outputs(await self._workplace(root))

    async def lock(self, root: TerraformRoot) -> StateLock | None:
        """Who holds the state's lock now; None also for backends that give no way to look (s3, http, cloud, …).

        Raises Unavailable when the lock is in a cluster and there is none to ask.
        """
        place = await self._workplace(root)
        if state := _state_file(place):
            return lock_of_file(state)
        if place.configuration.backend.kind != "kubernetes" or not place.secret_suffix or not place.secret_namespace:
            return None
        if self._cluster is None:
            raise Unavailable(
                f"{root.component}: the state's lock is in the cluster, and no cluster is connected",
                hint="see `cluster:` of the environment",
            )
        return lock_of_lease(
            await self._cluster.get(lease_ref(suffix=place.secret_suffix, namespace=place.secret_namespace))
        )

    def shows_locks(self, root: TerraformRoot) -> bool:
        backend = _read_configuration(root).backend
        return backend.kind in ("", "local", "kubernetes")

    async def unlock(self, root: TerraformRoot, lock: StateLock) -> None:
        """Release *lock*; nothing is done when that has happened already. Raises Refused when it is held anew."""
        place = await self._workplace(root)
        held = await self.lock(root)
        if held is not None and (held.id != lock.id or _state_file(place)):
            raise locked_by(held, root=root)
        if state := _state_file(place):
            # The lock proper went with its process: this is only its note.
            lock_info_file(state).unlink(missing_ok=True)
        elif held is not None or place.configuration.backend.kind != "kubernetes":
            await self._force_unlock(place, lock)

    async def close(self) -> None:
        """Remove the plans that nobody applied: they hold secrets."""
        while self._runs:
            self._runs.popitem()[1].remove()

    async def _force_unlock(self, place: Workplace, lock: StateLock) -> None:
        await self._init(place)
        finished = await place.call("force-unlock", "-force", lock.id)
        if finished.code:
            raise place.failed("force-unlock", said=finished.error_text)

    async def _init(self, place: Workplace) -> None:
        _refuse_foreign_state(place)
        finished = await place.call("init", "-json", "-input=false", *place.backend_flags)
        if finished.code:
            lines = finished.stdout.decode(errors="replace").splitlines()
            raise place.failed("init", lines=lines, said=finished.error_text)

    async def _workplace(self, root: TerraformRoot) -> Workplace:
        program = await self._program(root)
        configuration = _read_configuration(root)
        folders = folders_of(root.suffix, data_root=self._data_root)
        return Workplace(
            root=root,
            program=program,
            folders=folders,
            configuration=configuration,
            environment=self._child_environment(folders),
            namespace=self._namespace,
            mask=mask_of(root.variables),
            timeout=self._timeout,
        )

    def _child_environment(self, folders: Folders) -> dict[str, str]:
        return child_environment(
            ours=os.environ,
            passed=self._environment_variables,
            folders=folders,
            cli_config=self._cli_config,
            kubeconfig=self._kubeconfig,
            context=self._context,
        )

    async def _program(self, root: TerraformRoot) -> Path:
        if root.program == "tofu":
            return await self._tools.path("tofu")
        if root.program != "terraform":
            raise InputError(f"{root.component}: unknown program: {root.program}", hint="known are tofu and terraform")
        found = shutil.which("terraform")
        if found is None:
            raise Unavailable(
                f"{root.component}: terraform is not on the search path",
                hint="install it, or set `program: tofu` for the component",
            )
        return Path(found)


def _identity_of(program: Path) -> str:
    """Its version is not pinned, and asking for it takes a second."""
    found = program.resolve().stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def _read_configuration(root: TerraformRoot) -> Configuration:
    folder = Path(root.folder)
    if not folder.is_dir():
        raise InputError(f"{root.component}: no such folder: {folder}", hint="see `terraform:` of the component")
    return read_configuration(folder, program=root.program)


async def _plan(place: Workplace, run: RunFolder, *, destroy: bool) -> TerraformPlan:
    variables = place.write_variables(run)
    words = ("-json", "-input=false", "-detailed-exitcode", f"-out={run.plan}", *place.state_flags, *variables)
    words = ("-destroy", *words) if destroy else words
    code, lines, said = await place.follow("plan", *words, run=run)
    if code not in (0, 2):
        raise place.failed("plan", lines=lines, said=said)
    run.plan.chmod(0o600)
    shown = await place.call_json("show", "-json", str(run.plan))
    return TerraformPlan(
        file=str(run.plan),
        changes=parse_changes(shown, mask=place.mask),
        outputs=parse_planned_outputs(shown, mask=place.mask),
        has_changes=code == 2,
    )


async def _drift(place: Workplace, run: RunFolder) -> TerraformDrift:
    variables = place.write_variables(run)
    # A plan that only refreshes: what the configuration asks for by now is no drift. It writes nothing, so it need not
    # lock, and a deployment that holds the lock does not keep it from looking.
    words = ("-refresh-only", "-lock=false", "-json", "-input=false", f"-out={run.plan}")
    code, lines, said = await place.follow("plan", *words, *place.state_flags, *variables, run=run)
    if code:
        raise place.failed("plan", lines=lines, said=said)
    run.plan.chmod(0o600)
    return parse_drift(await place.call_json("show", "-json", str(run.plan)), mask=place.mask)


async def _apply(place: Workplace, run: RunFolder, on_event: Callable[[str], None]) -> None:
    words = ("-json", "-input=false", *place.state_flags, *place.ephemeral_flags(run), str(run.plan))
    try:
        code, lines, said = await place.follow("apply", *words, run=run, on_event=on_event)
    except TimedOut as err:
        # Not Unavailable: the saved plan is used up, a retry of the same step could only be refused.
        raise StepFailed(f"{place.root.component}: {err.message}", hint=err.hint) from err
    if code:
        raise place.failed("apply", lines=lines, said=said, changed=True)


async def _outputs(place: Workplace) -> Mapping[str, Output]:
    return parse_outputs(await place.call_json("output", "-json", *place.state_flags), mask=place.mask)


def _state_file(place: Workplace) -> Path | None:
    """Where a state that is a file lies; None for other backends, and where an expression says it."""
    backend = place.configuration.backend
    if not backend.kind:
        return place.folders.state
    if backend.kind == "local":
        path = backend.settings.get("path", "terraform.tfstate")
        return place.folder / path if path else None
    return None


def _refuse_foreign_state(place: Workplace) -> None:
    """A root without a backend that was used by hand has its state in its folder: ignored, all would be made anew."""
    if place.configuration.backend.kind or place.folders.state.exists():
        return
    for name in ("terraform.tfstate", "terraform.tfstate.d"):
        if (place.folder / name).exists():
            raise InputError(
                f"{place.root.component}: {place.folder / name} holds a state that no environment uses",
                hint=f"if it is the state of {place.root.environment}, move it to {place.folders.state}; "
                "else name a backend in the root, or move it away",
            )
