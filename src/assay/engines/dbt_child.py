"""The child process that compiles a dbt project. It runs on the Python that dbt is installed for, and knows only dbt.

It gets its job as one line of JSON on its standard input and answers with a file beside the project. What would make
the compiled SQL another one tomorrow, the clock and what a database says, is refused by name while a model is compiled.
"""

from __future__ import annotations

import datetime
import errno
import json
import os
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_PURE = frozenset({
    "quote", "quote_as_configured", "quote_seed_column", "convert_type", "type", "behavior", "dispatch",
    "is_motherduck", "standardize_grants_dict", "get_incremental_strategy_macro", "get_binding_char",
})  # fmt: skip
"""What a macro may ask of the adapter: nothing of this looks into a database."""

_NO_ROOM = 200 + errno.ENOSPC
"""As in `full_disk.py`, which is not there on the Python of dbt."""

_CLOCK = "the clock: what dbt compiles would be another query tomorrow"


def main() -> None:
    """Do the job that stands on the first line of the standard input."""
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_die_with_parent, args=(sys.stdin.fileno(),), daemon=True).start()
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  (open as long as the process lives)
    sys.addaudithook(_refuse_network)
    folder = Path(job["folder"])
    try:
        answer = _Compiling(job).answer()
    except BaseException as error:  # noqa: BLE001  (an entry point: whatever dbt raises is the answer)
        answer = {"errors": [{"file": None, "text": str(error) or type(error).__name__}]}
    try:
        (folder / "answer.part").write_text(json.dumps(answer), encoding="utf-8")
    except OSError as error:
        os._exit(_NO_ROOM if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} else 1)
    (folder / "answer.part").rename(folder / "answer.json")
    sys.stdout.flush()
    os._exit(0)  # what dbt started in threads is not waited for


def _die_with_parent(descriptor: int) -> None:
    while os.read(descriptor, 4096):
        pass
    os._exit(1)


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo"}:
        raise PermissionError("a dbt project is compiled without the network")


class _Compiling:
    def __init__(self, job: Mapping[str, Any]) -> None:
        self._job = job
        self._folder = Path(job["folder"])
        self._errors: list[dict[str, Any]] = []

    def answer(self) -> dict[str, Any]:
        """Return what dbt makes of the project: the nodes that were selected with their SQL, sources and tests."""
        _shut_in(self._folder)
        manifest = self._invoke(None, "parse", "--no-partial-parse")
        if manifest is None:
            return {"errors": self._errors}
        selected = {product: self._selected(manifest, chosen) for product, chosen in self._job["products"].items()}
        wanted = {node for nodes in selected.values() for node in nodes}
        compiled = self._compile(manifest, wanted)
        rows = {} if self._errors or _has_hooks(manifest, wanted) else self._seeds(manifest, wanted)
        return {
            "errors": self._errors,
            "selected": selected,
            "nodes": {name: _node(node, compiled.get(name), rows.get(name)) for name, node in manifest.nodes.items()},
            "sources": {
                name: {"name": f"{source.source_name}.{source.name}", "relation": _relation(source)}
                for name, source in manifest.sources.items()
            },
            "package": self._job_package(manifest),
        }

    def _job_package(self, manifest: Any) -> str:
        return str(manifest.metadata.project_name or "")

    def _selected(self, manifest: Any, chosen: Mapping[str, list[str]]) -> list[str]:
        options = ["--resource-types", "model", "seed", "snapshot", "--output", "json", "--output-keys", "unique_id"]
        words = ["--select", *chosen["select"], *(["--exclude", *chosen["exclude"]] if chosen["exclude"] else [])]
        found = self._invoke(manifest, "ls", *(part for part in _repeated(options)), *words) or []
        return sorted(json.loads(line)["unique_id"] for line in found)

    def _compile(self, manifest: Any, wanted: set[str]) -> dict[str, str]:
        names = [_selector(manifest.nodes[name]) for name in sorted(wanted)]
        if not names:
            return {}
        with_guards()
        done = self._invoke(manifest, "compile", "--no-introspect", "--threads", "1", "--indirect-selection", "eager",
                            "--select", *names)  # fmt: skip
        compiled = {}
        for result in done.results if done is not None else ():
            if str(result.status) in {"error", "fail"}:
                self._errors.append({"file": _file(result.node), "text": str(result.message)})
            elif getattr(result.node, "compiled_code", None) is not None:
                compiled[result.node.unique_id] = result.node.compiled_code
        return compiled

    def _seeds(self, manifest: Any, wanted: set[str]) -> dict[str, Any]:
        """Load the seeds as dbt does, and read what it made of them."""
        seeds = {name: manifest.nodes[name] for name in sorted(wanted) if name.startswith("seed.")}
        if not seeds:
            return {}
        without_guards()
        words = (_selector(node) for node in seeds.values())
        done = self._invoke(manifest, "seed", "--threads", "1", "--full-refresh", "--select", *words)
        failed = [result for result in (done.results if done is not None else ()) if str(result.status) != "success"]
        self._errors += [{"file": _file(result.node), "text": str(result.message)} for result in failed]
        if self._errors:
            return {}
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        session = DuckDBConnectionManager.env().handle().cursor()
        return {name: _rows(session, node) for name, node in seeds.items()}

    def _invoke(self, manifest: Any, command: str, *words: str) -> Any:
        from dbt.cli.main import dbtRunner

        places = [
            "--project-dir", self._job["project"], "--profiles-dir", str(self._folder), "--profile", "assay",
            "--target", self._job["target"], "--target-path", str(self._folder / "target"),
        ]  # fmt: skip
        done = dbtRunner(manifest=manifest).invoke([
            "--quiet", "--no-use-colors", "--no-populate-cache", "--log-level", "none", "--log-level-file", "none",
            "--log-path", str(self._folder / "logs"), command, *places, *words,
        ])  # fmt: skip
        if done.exception is not None:
            node = getattr(done.exception, "node", None)
            self._errors.append({"file": _file(node) if node is not None else None, "text": str(done.exception)})
            return None
        return done.result


def _shut_in(folder: Path) -> None:
    """Let each database that is opened see one folder and nothing else, whatever a hook or a macro asks it to run."""
    import duckdb

    connect = duckdb.connect
    settings = {
        "allowed_directories": f"['{folder}/']",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }

    def connected(*arguments: Any, **named: Any) -> Any:
        session = connect(*arguments, **named)
        for name, value in settings.items():  # in this order
            session.execute(f"SET GLOBAL {name} = {value}")
        return session

    duckdb.connect = connected


def _has_hooks(manifest: Any, wanted: set[str]) -> bool:
    """Say whether anything would be run beside the seeds; whoever reads the answer refuses it by name."""
    if any(node.resource_type == "operation" for node in manifest.nodes.values()):
        return True
    return any(manifest.nodes[name].config.get(when) for name in wanted for when in ("pre_hook", "post_hook"))


def _repeated(options: list[str]) -> Iterable[str]:
    """Say an option that takes one word again before each of its words."""
    option = ""
    for word in options:
        if word.startswith("--"):
            option = word
        else:
            yield option
            yield word


def _selector(node: Any) -> str:
    return f"fqn:{'.'.join(node.fqn)}"


def _file(node: Any) -> str | None:
    path = getattr(node, "original_file_path", None)
    if path is None:
        return None
    return f"{node.package_name}:{path}"


def _relation(node: Any) -> list[str]:
    return [str(node.database), str(node.schema), str(getattr(node, "identifier", None) or node.alias)]


def _node(node: Any, compiled: str | None, rows: Any) -> dict[str, Any]:
    config = node.config
    test = {}
    if node.resource_type == "test":
        test = {
            "severity": str(config.severity),
            "fail_calc": config.fail_calc,
            "warn_if": config.warn_if,
            "error_if": config.error_if,
            "attached": getattr(node, "attached_node", None),
        }
    version = getattr(node, "version", None)
    return {
        "kind": str(node.resource_type.value),
        "name": f"{node.name}_v{version}" if version is not None else node.name,
        "file": _file(node),
        "language": getattr(node, "language", "sql"),
        "materialized": config.materialized if hasattr(config, "materialized") else None,
        "strategy": getattr(config, "incremental_strategy", None),
        "header": bool(config.get("sql_header")),
        "hooks": [hook.sql for hook in (*getattr(config, "pre_hook", ()), *getattr(config, "post_hook", ()))],
        "relation": _relation(node) if node.resource_type != "test" else None,
        "reads": list(node.depends_on_nodes),
        "description": node.description,
        "sql": compiled,
        "rows": rows,
        "test": test,
    }


def _rows(session: Any, node: Any) -> dict[str, Any]:
    table = ".".join('"' + part.replace('"', '""') + '"' for part in _relation(node))
    session.execute(f"DESCRIBE {table}")
    columns = [(row[0], row[1]) for row in session.fetchall()]
    texts = ", ".join('CAST("' + name.replace('"', '""') + '" AS VARCHAR)' for name, _ in columns)
    session.execute(f"SELECT {texts} FROM {table}")  # noqa: S608  (names, quoted)
    return {"columns": columns, "values": session.fetchall()}


class _Refused:
    """What stands for something that a model may not ask for; whatever is asked of it is refused."""

    def __init__(self, name: str, why: str) -> None:
        self.__dict__["_said"] = (name, why)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        name, why = self.__dict__["_said"]
        raise _refusal(name, why)

    __call__ = __str__ = __add__ = __sub__ = __radd__ = __rsub__ = __lt__ = __gt__ = __le__ = __ge__ = _refuse
    __html__ = __format__ = __iter__ = __len__ = __bool__ = __getitem__ = _refuse

    def __getattr__(self, name: str) -> Any:
        return self._refuse()


def _refusal(name: str, why: str) -> Exception:
    from dbt_common.exceptions import CompilationError

    error: Exception = CompilationError(f"{name} asks {why}")
    return error


class _Date(datetime.date):
    @classmethod
    def today(cls) -> Any:
        raise _refusal("modules.datetime.date.today", _CLOCK)


class _Moment(datetime.datetime):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        raise _refusal("modules.datetime.datetime.now", _CLOCK)

    @classmethod
    def utcnow(cls) -> Any:
        raise _refusal("modules.datetime.datetime.utcnow", _CLOCK)

    @classmethod
    def today(cls) -> Any:
        raise _refusal("modules.datetime.datetime.today", _CLOCK)


_kept: dict[str, Any] = {}


def with_guards() -> None:
    """Put in the place of the clock and of the database what refuses, in whatever is compiled from now on."""
    from dbt import compilation
    from dbt.context.providers import RuntimeDatabaseWrapper
    from dbt.task.compile import CompileTask

    _kept["context"] = compilation.generate_runtime_model_context
    _kept["adapter"] = RuntimeDatabaseWrapper.__getattr__
    current: dict[str, Any] = {}

    def context(model: Any, *arguments: Any) -> Any:
        made = _kept["context"](model, *arguments)
        current["name"] = getattr(model, "identifier", None) or model.alias
        inner = made["context"]  # what macros see: the very same, or what it is made of
        modules = dict(inner["modules"])
        modules["datetime"] = {**modules["datetime"], "date": _Date, "datetime": _Moment}
        for target in {id(made): made, id(inner): inner}.values():
            target["run_started_at"] = _Refused("run_started_at", _CLOCK)
            target["invocation_id"] = _Refused("invocation_id", "for a number that is another one each time")
            target["modules"] = modules
        return made

    def asked(wrapper: Any, name: str) -> Any:
        if name in _PURE:
            return _kept["adapter"](wrapper, name)
        if name == "get_relation":
            return lambda database, schema, identifier: _own_relation(identifier, current.get("name"))
        raise _refusal(f"adapter.{name}", "a database while it is compiled, and there is none")

    compilation.generate_runtime_model_context = context
    RuntimeDatabaseWrapper.__getattr__ = asked
    CompileTask.raise_on_first_error = lambda _: False  # all that is wrong is said together


def _own_relation(identifier: str, own: str | None) -> None:
    """Say that a model is not built yet, as `is_incremental` asks; of other tables nothing is known."""
    if identifier != own:
        raise _refusal(f"adapter.get_relation of {identifier}", "a database while it is compiled, and there is none")


def without_guards() -> None:
    """Give back what `with_guards` took away."""
    from dbt import compilation
    from dbt.context.providers import RuntimeDatabaseWrapper

    if _kept:
        compilation.generate_runtime_model_context = _kept["context"]
        RuntimeDatabaseWrapper.__getattr__ = _kept["adapter"]


if __name__ == "__main__":
    main()
